"""Drawings kept from night to night: a figure of the same numbers is not drawn again.

A drawing is named by the sum of all that it is made from: the figure, its numbers and words, the
code of this folder and the versions of the libraries. So a kept one is what would be drawn, and
there is nothing to bring up to date. It holds no more than the page that shows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from flows.durable import drafted
from flows.figures.press import Press
from flows.figures.theme import Figure

LIBRARIES = ("vl-convert-python", "noto-cjk-sans-otc")
END = "</svg>"


class Drawings:
    """Draws, or takes what an earlier night drew of the same."""

    def __init__(self, folder: Path, press: Press) -> None:
        """``folder``: where they are kept; what else lies there is removed by `forget_others`."""
        self.folder = folder
        self.press = press
        self.used: set[str] = set()

    def svg(
        self, title_zh: str, figure: Callable[..., Figure], frame: pl.DataFrame, *words: str
    ) -> Callable[[], str]:
        """`image.as_svg` of ``figure(frame, *words)``, once it is called for: it is being drawn."""
        name = f"{_sum(title_zh, figure, frame, words)}.svg"
        self.used.add(name)
        file = self.folder / name
        # A file that a power cut left empty or half is drawn again.
        if file.exists() and (kept := file.read_text("utf-8")).endswith(END):
            return lambda: kept
        drawing = self.press.draw(figure(frame, *words), title_zh)

        def drawn() -> str:
            text = drawing.result()
            self.folder.mkdir(parents=True, exist_ok=True)
            with drafted(file) as draft:
                draft.write_text(text, "utf-8", newline="\n")
            return text

        return drawn

    def forget_others(self) -> None:
        """Remove what was not asked for."""
        if self.folder.exists():
            for file in self.folder.iterdir():
                if file.name not in self.used:
                    file.unlink()


def _sum(
    title_zh: str, figure: Callable[..., Figure], frame: pl.DataFrame, words: tuple[str, ...]
) -> str:
    made_from = (
        _program(),
        f"{figure.__module__}.{figure.__qualname__}",
        title_zh,
        words,
        list(frame.schema.items()),
        frame.rows(),
    )
    return hashlib.sha256(repr(made_from).encode()).hexdigest()[:32]


@cache
def _program() -> str:
    """The libraries' versions and the code that draws."""
    digest = hashlib.sha256()
    for name in LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
