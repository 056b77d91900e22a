"""A chart as SVG (pages) or PNG (documents), drawn without a browser or a network."""

from __future__ import annotations

import hashlib
import re
import tempfile
from functools import cache
from html import escape
from pathlib import Path

import noto_cjk_sans_otc
import vl_convert

from flows.figures.font import single_face
from flows.figures.theme import FONT, INK, Figure, themed

VEGA_LITE = "6.4"
SIZE = re.compile(r'^<svg [^>]*? width="([\d.]+)" height="([\d.]+)"[^>]*>')
#: One sentence says what the drawing is; a hundred roles of its parts would only be read aloud.
NOISE = re.compile(r' (?:role|aria-[a-z]+|pointer-events)="[^"]*"')


@cache
def _fonts() -> tempfile.TemporaryDirectory[str]:
    """The Chinese font of the wheel, once; without it vl-convert would draw empty boxes.

    The folder must last as long as the process draws: it goes when the process ends.
    """
    folder = tempfile.TemporaryDirectory(prefix="zhikong-font-", ignore_cleanup_errors=True)
    (Path(folder.name) / "chart.otf").write_bytes(single_face(noto_cjk_sans_otc.FONT_PATH, FONT))
    vl_convert.register_font_directory(folder.name)
    return folder


def as_svg(chart: Figure, title_zh: str) -> str:
    """Inline SVG that takes the width of its place and the text colour of the page.

    ``title_zh`` is what a screen reader says instead of the drawing; the numbers belong in a table
    beside it. The same chart gives the same text.
    """
    _fonts()
    svg = vl_convert.vegalite_to_svg(themed(chart), vl_version=VEGA_LITE)
    head = SIZE.match(svg)
    if head is None:
        raise ValueError("vl-convert wrote an SVG without a size")
    width, height = (float(length) for length in head.groups())
    body = NOISE.sub("", svg[head.end() :]).replace(f'"{INK}"', '"currentColor"')
    # Several drawings share one page: the names of their clips must differ.
    own = hashlib.sha256(f"{title_zh}{body}".encode()).hexdigest()[:8]
    body = re.sub(r"\b((?:clip|gradient)_?\d+)\b", rf"\1_{own}", body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title_zh)}" '
        f'viewBox="0 0 {width:g} {height:g}" style="max-width:{width:g}px">{body}'
    )


def as_png(chart: Figure, scale: float = 3.0) -> bytes:
    """PNG on white; at scale 3 a chart 420 pixels wide is 12 cm at 270 dots per inch."""
    _fonts()
    spec = themed(chart, background="white")
    return bytes(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=scale))
