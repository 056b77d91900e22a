"""The face taken out of the collection measures text as the collection does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import noto_cjk_sans_otc
import pytest

from flows.figures.font import single_face
from flows.figures.theme import FONT

#: Labels of towns, causes and numbers; of the Latin ones some are set closer, some as one sign.
DRAW = """
import sys
import vl_convert
vl_convert.register_font_directory(sys.argv[1])
names = ["城关镇", "骨、关节软骨（C40–C41）", "1,234.5～6,789.0", "AVATo 85+", "1/10万", "fi ffi"]
spec = {
    "data": {"values": [{"name": name, "value": 10 ** n} for n, name in enumerate(names)]},
    "config": {"font": sys.argv[2], "axis": {"labelOverlap": True, "labelLimit": 60}},
    "encoding": {"y": {"field": "name"}, "x": {"field": "value", "type": "quantitative"}},
    "layer": [{"mark": "bar"}, {"mark": "text", "encoding": {"text": {"field": "name"}}}],
}
print(vl_convert.vegalite_to_svg(spec, vl_version="6.4"))
print(vl_convert.vegalite_to_png(spec, vl_version="6.4").hex())
"""


def drawn(folder: Path) -> str:
    """A chart as a process draws it that has registered this folder's fonts."""
    command = [sys.executable, "-c", DRAW, str(folder), FONT]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_chart_is_the_same_with_the_face_as_with_the_whole_collection(tmp_path: Path) -> None:
    collection = noto_cjk_sans_otc.FONT_PATH
    (tmp_path / "chart.otf").write_bytes(single_face(collection, FONT))
    (tmp_path / "empty").mkdir()
    assert drawn(tmp_path) == drawn(collection.parent)
    assert drawn(tmp_path) != drawn(tmp_path / "empty")


def test_a_family_that_the_collection_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match="holds no face of the family Noto Sans Klingon"):
        single_face(noto_cjk_sans_otc.FONT_PATH, "Noto Sans Klingon")
