"""What a person decided about a listed row and a card is read back, the newest word only."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.home import Home
from flows.linkage.decision import record
from flows.reconcile.match import by_content, list_decisions
from flows.store import opened


def test_decisions_on_listed_rows_name_file_and_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    home = Home(tmp_path / "home")
    row = ("survey_case", "a:b.xlsx#Sheet1:17")
    record(home, row, ("tumour", "t1"), "same", "合成员")
    record(home, ("tumour", "t1"), row, "different", "合成员")
    record(home, ("cardio", "c1"), row, "same", "合成员")
    record(home, ("cardio", "c1"), ("cardio", "c2"), "same", "合成员")
    with opened(home) as store:
        found = list_decisions(store).sort("card_id").drop("decided_at").rows()
    assert found == [
        ("a:b.xlsx#Sheet1", 17, "cardio", "c1", "same"),
        ("a:b.xlsx#Sheet1", 17, "tumour", "t1", "different"),
    ]


def test_a_word_on_a_row_holds_for_its_case_when_the_list_comes_again_with_other_rows() -> None:
    told = pl.DataFrame(
        {
            "list_file": ["a.xlsx"] * 2, "source_row": [97, 97], "card_type": ["death"] * 2,
            "card_id": ["c1", "c2"], "decision": ["same"] * 2,
            "decided_at": [datetime(2025, 3, 3, 9), datetime(2025, 3, 5, 9)],
        }
    )  # fmt: skip
    # On the fourth the list came again, with a new case in front of what was row 97.
    listed = pl.DataFrame(
        {
            "list_file": ["a.xlsx"] * 3, "source_row": [97, 97, 98], "order_no": [1, 2, 2],
            "received_on": [date(2025, 3, 1), date(2025, 3, 4), date(2025, 3, 4)],
            "case_key": ["old", "new", "old"],
        }
    )  # fmt: skip
    found = by_content(told, listed).select("card_id", "case_key").rows()
    assert found == [("c1", "old"), ("c2", "new")]
