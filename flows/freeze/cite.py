"""A freeze named by what is sent out: it is cited only while the cards are still those."""

from __future__ import annotations

from pathlib import Path

from flows.freeze.listing import difference
from flows.freeze.record import find
from flows.home import Home, UserError

FILE = "freeze.txt"


def cite(home: Home, name: str, year: int, folder: Path) -> Path:
    """Write beside an export which freeze it is of.

    Args:
        home: the installation, after its last night.
        name: of the freeze.
        year: of the data to be sent.
        folder: of the export.

    Raises:
        UserError: another year's freeze, or cards that came, changed or went since.
    """
    made = find(home, name)
    if made.year != year:
        raise UserError(f"冻结“{name}”是 {made.year} 年的，不能用于 {year} 年的导出。")
    since = difference(home, name, readable=False)
    if since.height:
        raise UserError(
            f"冻结“{name}”之后已有 {int(since['card_count'].sum())} 张卡追补、订正或撤下"
            "，导出不能再引用它；"
            f"用 zhikong freeze --diff {name} 查看，或另行冻结。"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE
    file.write_text(made.citation_zh + "\n", "utf-8")
    return file
