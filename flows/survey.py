"""Listed cases -> reported, made up later, or missed: see `flows.reconcile`."""

from flows.reconcile.match import MADE_UP_KINDS, REPORT_DAYS, match_cases

__all__ = ["MADE_UP_KINDS", "REPORT_DAYS", "match_cases"]
