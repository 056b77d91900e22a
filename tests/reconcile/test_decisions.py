"""What a person decided about a listed row and a card is read back, the newest word only."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.home import Home
from flows.linkage.decision import record
from flows.reconcile.match import list_decisions
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
        found = list_decisions(store).sort("card_id").rows()
    assert found == [
        ("a:b.xlsx#Sheet1", 17, "cardio", "c1", "same"),
        ("a:b.xlsx#Sheet1", 17, "tumour", "t1", "different"),
    ]
