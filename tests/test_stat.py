"""`zhikong stat`: keys, formats and refusals as the users see them."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from estimators.calculator import ESTIMATORS
from estimators.errors import InvalidOptionError
from flows.stat import run_stat, stat

HERE = Path(__file__).parent
COHORT = HERE / "estimators" / "data" / "synthetic_cohort.csv"
LIFE_TABLE = HERE.parent / "reference" / "life_table" / "china_wpp2024.csv"
APP = typer.Typer()
APP.command()(stat)

LIMITS = ["value", "ci_low", "ci_high"]
MODEL = ["model", "terms", "population", "se", "ci_low", "ci_high", "aic", "bic"]
AGES = [0, 1, *range(5, 95, 5)]
TABLE = "area,age_start,deaths,population\n" + "".join(f"甲,{age},{age + 3},9000\n" for age in AGES)
STRATA = "area,age_group,count,population,weight\n" + "".join(
    f"{area},{age},{age},1000,{90 - age}\n" for area in "甲乙" for age in range(0, 90, 10)
)
MOZAMBIQUE = "age_start,pop1,pop2,deaths,years\n" + "".join(
    f"{age},{1000000 - 11000 * age},{1200000 - 13000 * age},{3000 + 300 * age},10\n"
    for age in range(0, 85, 5)
)


def call(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(APP, [*arguments], input=text)


def rows(name: str, text: str, *options: str) -> list[dict[str, object]]:
    result = call(name, "-", "--format", "json", *options, text=text)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("name", "text", "options", "keys"),
    [
        ("rate", "area,count,population\n甲,5,100\n", [], ["area", *LIMITS]),
        ("proportion", "count,total\n5,10\n", ["--method", "exact"], LIMITS),
        ("ratio", "count_a,count_b\n50,80\n", [], LIMITS),
        ("smr", "observed,expected\n30,20\n", [], LIMITS),
        (
            "standardise",
            STRATA,
            ["--method", "gamma"],
            [
                *["area", "crude_rate", "crude_ci_low", "crude_ci_high"],
                *["standardised_rate", "ci_low", "ci_high"],
            ],
        ),
        (
            "lifetable",
            TABLE,
            ["--a0", "0.15"],
            ["area", "age_start", "qx", "lx", "ex", "ci_low", "ci_high"],
        ),
        ("premature", TABLE, [], ["area", *LIMITS]),
        ("capture", "a,b,count\n1,1,49\n1,0,86\n0,1,73\n", [], MODEL),
        (
            "survival",
            COHORT.read_text("utf-8"),
            ["--lifetable", str(LIFE_TABLE), "--method", "pohar-perme"],
            ["time_years", "survival", "ci_low", "ci_high"],
        ),
        (
            "heaping",
            "age,count\n" + "".join(f"{age},9\n" for age in range(100)),
            [],
            ["whipple", "myers", "myers_half"],
        ),
        ("completeness", MOZAMBIQUE, [], ["method", "age_low", "age_high", "completeness"]),
        (
            "completeness",
            "sex,year,reg_cdr,pct65,u5mr\n0,2020,6.5,0.14,0.008\n",
            ["--method", "adair-lopez"],
            ["sex", "year", "method", "age_low", "age_high", "completeness"],
        ),
        (
            "trend",
            "year,count,population\n" + "".join(f"{2000 + i},{90 + i},1000\n" for i in range(9)),
            ["--joinpoints", "auto"],
            [
                *["segment", "year_from", "year_to", "apc_percent"],
                *["ci_low", "ci_high", "aapc_percent"],
            ],
        ),
        (
            "nowcast",
            "period,delay,count\n1,0,9\n1,1,4\n2,0,8\n2,1,3\n3,0,7\n",
            [],
            ["period", "reported", "expected", "se", "ci_low", "ci_high"],
        ),
        (
            "causedeleted",
            "age_start,deaths,population,cause_deaths\n60,9,9000,3\n65,19,9000,3\n70,99,9000,3\n",
            [],
            ["age_start", "ex", "ex_deleted", "gain_years"],
        ),
        (
            "funnel",
            "org,count,total\n甲,9,90\n乙,20,90\n丙,15,80\n",
            [],
            [
                *["org", "value", "target", "low_95", "high_95", "low_998", "high_998"],
                *["z", "dispersion", "outside"],
            ],
        ),
        (
            "silence",
            "org,observed,expected,size\n甲,0,8,\n乙,0,8,2\n",
            [],
            ["org", "probability_low", "probability_high"],
        ),
        (
            "agesex",
            "age_start,male,female\n"
            + "".join(f"{a},{900 - a},{800 - a}\n" for a in AGES[2:-2])
            + "0,950,850\n",
            [],
            ["sex_ratio_score", "age_ratio_male", "age_ratio_female", "index"],
        ),
    ],
)
def test_json_has_exactly_the_promised_keys(
    name: str, text: str, options: list[str], keys: list[str]
) -> None:
    sex = ["--method", "ederer2"] if name == "survival" and not options else []
    assert list(rows(name, text, *options, *sex)[0]) == keys


def test_every_estimator_has_a_case_above() -> None:
    marks = test_json_has_exactly_the_promised_keys.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(ESTIMATORS)


def test_capture_prints_models_then_what_each_list_missed() -> None:
    found = rows("capture", "医院,死因,count\n1,1,49\n1,0,86\n0,1,73\n")
    assert [row.get("model") for row in found] == ["chapman", "lincoln_petersen", None, None]
    assert found[0]["population"] == pytest.approx(333.56)
    assert found[2] == {"list": "医院", "missed_percent": pytest.approx(59.5275, abs=1e-4)}


def test_json_keeps_full_precision_and_the_group_columns() -> None:
    found = rows("rate", "area,count,population\n甲,1,3\n乙,2,7\n", "--per", "1")
    assert [(row["area"], row["value"]) for row in found] == [("甲", 1 / 3), ("乙", 2 / 7)]


def test_undefined_values_are_null_with_a_note_never_nan() -> None:
    result = call("rate", "-", "--format", "json", text="count,population\n3,0\n3,\n")
    assert "NaN" not in result.stdout and "人口为 0 或缺失" in result.stderr
    assert json.loads(result.stdout) == [dict.fromkeys(LIMITS)] * 2


def test_a_refused_standardised_rate_says_why_on_standard_error() -> None:
    few = "age_group,count,population,weight\n0,1,100,1\n1,2,100,1\n"
    result = call("standardise", "-", "--format", "json", text=few)
    assert json.loads(result.stdout)[0]["standardised_rate"] is None
    assert "事件数少于 10" in result.stderr


def test_survival_counts_its_exclusions_and_names_the_table_it_fell_back_on() -> None:
    zero = "1,60.0,2015-01-01,2015-01-01,1\n"
    result = call("survival", "-", "--method", "ederer2", text=COHORT.read_text("utf-8") + zero)
    assert "已排除 1 例：随访时间为 0" in result.stderr and "全国寿命表" in result.stderr


def test_supplied_and_national_life_tables_agree_when_they_are_the_same() -> None:
    text = COHORT.read_text("utf-8")
    own = rows("survival", text, "--method", "ederer2", "--lifetable", str(LIFE_TABLE))
    assert own == rows("survival", text, "--method", "ederer2")


def test_gb18030_thousands_separators_and_slashed_dates_are_read(tmp_path: Path) -> None:
    file = tmp_path / "率.csv"
    file.write_bytes('地区,count,population\n千阳,5,"1,000"\n'.encode("gb18030"))
    result = call("rate", str(file), "--format", "csv")
    assert result.stdout.splitlines()[1].startswith("千阳,5.0,")
    slashed = COHORT.read_text("utf-8").replace("-", "/")
    assert rows("survival", slashed) == rows("survival", COHORT.read_text("utf-8"))


@pytest.mark.parametrize(
    ("arguments", "text", "parts"),
    [
        (["rate"], "count,population\n5,100\nx,100\n", ["count 列", "文件第 3 行", "不是数字"]),
        (["rate"], "count,population\n5,100\n-1,100\n", ["count 列", "文件第 3 行", "负数"]),
        (["rate"], "count,population\n,100\n", ["count 列", "文件第 2 行", "空的"]),
        (["rate"], "count,population\nNaN,100\n", ["count 列", "文件第 2 行", "不是数字"]),
        (["rate"], "n,population\n5,100\n", ["count 列", "缺少列"]),
        (["rate"], "", ["文件是空的"]),
        (["rate"], "count,population\n", ["没有数据行"]),
        (["rate"], "count,population\n1,2,3\n", ["列数不一致"]),
        (["rate", "--method", "magic"], "count,population\n5,100\n", ["method", "exact"]),
        (["rate", "--level", "95"], "count,population\n5,100\n", ["置信水平"]),
        (["heaping", "--method", "x"], "age,count\n1,2\n", ["去掉 --method"]),
        (["proportion"], "count,total\n5,3\n", ["分子大于分母"]),
        (["capture"], "a,b,count\n1,0,5\n0,1,5\n", ["没有重合"]),
        (["capture"], "a,b,count\n1,2,5\n0,1,5\n", ["b 列", "0 或 1"]),
        (["survival"], COHORT.read_text("utf-8") + "3,1,1,1,1\n", ["diagnosis_date", "不是日期"]),
        (["survival", "--at", "one"], COHORT.read_text("utf-8"), ["1,3,5"]),
        (["completeness"], "age_start,pop1,pop2,deaths\n0,1,1,1\n", ["years"]),
        (["trend"], "year,count,population\n2000,1,0\n2001,1,5\n2002,1,5\n", ["人口为 0"]),
        (["nothing"], "a,b\n1,2\n", ["没有名为 nothing"]),
    ],
)
def test_bad_input_exits_2_and_says_where_what_and_what_to_do(
    arguments: list[str], text: str, parts: list[str]
) -> None:
    result = call(arguments[0], "-", *arguments[1:], text=text)
    assert result.exit_code == 2 and result.stdout == ""
    assert all(part in result.stderr for part in ["输入有误：-", *parts]), result.stderr


def test_a_missing_file_and_a_bad_life_table_are_named(tmp_path: Path) -> None:
    assert "找不到文件" in call("rate", str(tmp_path / "no.csv")).stderr
    table = tmp_path / "table.csv"
    table.write_text("sex,year,age,hazard\n1,2000,0,many\n", "utf-8")
    result = call("survival", str(COHORT), "--method", "ederer2", "--lifetable", str(table))
    assert result.exit_code == 2 and "寿命表：不是数字" in result.stderr


def test_english_refusals_on_request() -> None:
    result = call("rate", "-", "--lang", "en", text="count,population\n-1,5\n")
    assert result.stderr == "-, column count, data row 1 (line 2): a count is negative\n"


def test_messages_never_quote_a_cell() -> None:
    secret = "张三110101199001011234"
    for name, header in (("rate", "count,population"), ("survival", COHORT.open().readline())):
        width = header.count(",")
        result = call(name, "-", text=header.strip() + "\n" + secret + ",1" * width + "\n")
        assert result.exit_code == 2 and secret not in result.output


def test_run_stat_takes_frames_with_numbers_and_refuses_unknown_options() -> None:
    frame = pl.DataFrame({"count": [5], "population": [100]})
    assert run_stat("rate", frame, per=100)["value"].to_list() == [5.0]
    with pytest.raises(InvalidOptionError):
        run_stat("rate", frame, colour="red")


def test_importing_the_command_loads_no_heavy_library() -> None:
    code = (
        "import sys, flows.stat; print(*{'polars', 'scipy', 'numpy', 'duckdb'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent
    )
    assert found.stdout.strip() == ""
