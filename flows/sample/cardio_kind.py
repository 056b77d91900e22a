"""Diseases of the cardiovascular card with their weights among survivors."""

from __future__ import annotations

STROKE = {
    "I60.9": (1, 3), "I61.9": (2, 10), "I61.0": (2, 4), "I63.9": (3, 30), "I63.5": (3, 12),
    "I63.2": (3, 3), "I63.8": (3, 8), "I63.4": (4, 4), "I63.3": (5, 22), "I64": (6, 1),
}  # fmt: skip
"""Underlying disease of survivors of a stroke -> type on the card and weight."""
INFARCTION = {"I21.9": 50, "I21.4": 20, "I21.1": 13, "I21.0": 17}

ALIVE, LINKED, MANAGED = 0, 1, 2
"""A survivor of the year, one who died of it (with a death card), a patient under management."""
