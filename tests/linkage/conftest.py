"""The home of the night's tests, for decisions and duplicates."""

from tests.flows.conftest import home, put

__all__ = ["home", "put"]
