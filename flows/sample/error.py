"""The one error a user of `zhikong sample` can cause."""

from __future__ import annotations


class SampleError(ValueError):
    """An argument that cannot be used; the text says which and why, in Chinese."""
