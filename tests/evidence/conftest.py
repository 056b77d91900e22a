from tests.evidence.county import county, home, later

__all__ = ["county", "home", "later"]
