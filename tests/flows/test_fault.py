from __future__ import annotations

import polars as pl
import pytest

from flows.fault import NightError, contained
from flows.home import UserError

SECRET = "合成张三丰"


def quoting(_: object) -> None:
    pl.DataFrame({"a": [SECRET]}).select(pl.col("a").cast(pl.Int64))


def looking_up(_: object) -> None:
    raise KeyError(SECRET)


@pytest.mark.parametrize("step", [quoting, looking_up])
def test_a_failing_step_names_kind_and_line_and_no_value(step):
    with pytest.raises(NightError) as caught:
        contained("validate", step)(None)
    assert str(caught.value).startswith("validate: ")
    assert "test_fault.py:" in str(caught.value)
    assert SECRET not in str(caught.value)
    # An orchestrator logs the chain too.
    assert caught.value.__suppress_context__


def test_what_the_user_can_mend_is_told_as_it_is():
    def wrong(_: object) -> None:
        raise UserError("请改正设置")

    with pytest.raises(UserError, match="请改正设置"):
        contained("receive", wrong)(None)
