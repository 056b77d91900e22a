"""Making a freeze, and finding one again."""

from __future__ import annotations

import copy
import hashlib
import re
import shutil
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

import duckdb

from flows.arrow import registered
from flows.durable import drafted, on_disk
from flows.fields import CARDS
from flows.freeze.provisional import provisional
from flows.home import Home, UserError, today
from flows.published import open_any, open_published
from flows.store import Store, opened, sha256

NAME = re.compile(r"[\w-]{1,40}")  # it is a file name as well
#: What makes a rule the rule it is; when it began to speak to whom is history, not the rule.
RULE = "rule_id, card_type, field, severity, message_zh, valid_from, valid_to"


@dataclass(frozen=True)
class Frozen:
    """A named, closed year; every field but the last stands in the frozen file itself."""

    freeze_name: str
    year: int
    as_of: date
    area_code: str | None
    criteria: str
    rule_fingerprint: str
    card_count: int
    provisional_zh: str
    frozen_on: date
    frozen_by: str
    home: Home = field(compare=False)

    @property
    def citation_zh(self) -> str:
        """How a score, a report or an export names it."""
        return (
            f"冻结“{self.freeze_name}”（{self.year} 年，数据截至 {self.as_of}，"
            f"{self.frozen_on} 冻结，规则集 {self.rule_fingerprint}）"
        )


def find(home: Home | Path | None, name: str) -> Frozen:
    """As `flows.freeze.frozen`."""
    place = home if isinstance(home, Home) else Home.find(home)
    file = _file(place, name) if NAME.fullmatch(name) else None
    if file is None or not file.exists():
        known = "、".join(sorted(path.stem for path in place.frozen.glob("*.duckdb"))) or "无"
        raise UserError(f"没有名为 {name} 的冻结；已有：{known}。")
    then = copy.copy(place)
    then.published = file
    names = [one.name for one in fields(Frozen) if one.name != "home"]
    with open_published(then) as connection:
        row = connection.execute(f"select {', '.join(names)} from frozen.about").fetchone()
    assert row is not None
    return Frozen(**dict(zip(names, row, strict=True)), home=then)


def _file(home: Home, name: str) -> Path:
    return home.frozen / f"{name}.duckdb"


def freeze(home: Home, year: int, name: str, by: str) -> Frozen:
    """Give a closed year a name.

    Args:
        home: the installation; what was last published is frozen.
        year: the data year (死亡、发病年份), which must be over.
        name: letters, digits, `-` and `_`, Chinese too.
        by: who freezes.

    Raises:
        UserError: a running year or one without cards, a name that is taken, nobody named.
    """
    if not by.strip():
        raise UserError("请用 --by 写明由谁冻结。")
    if not NAME.fullmatch(name):
        raise UserError("冻结名称只能用汉字、字母、数字、- 和 _，不超过 40 个字。")
    with opened(home) as store:  # no night replaces the published file meanwhile
        if name in names(store):
            raise UserError(f"已有名为 {name} 的冻结；冻结不能改写，请另取名称。")
        made = _about(home, year, name, by.strip())
        digest = _copy(home, made)
        _remember(store, made, digest)
    return made


def names(store: Store) -> list[str]:
    """Names of freezes, oldest first."""
    rows = store.connection.execute(
        "select freeze_name from state.freeze order by frozen_on, freeze_name"
    ).fetchall()
    return [name for (name,) in rows]


def _about(home: Home, year: int, name: str, by: str) -> Frozen:
    with open_published(home) as connection:
        row = connection.execute("select as_of, area_code from reference.home").fetchone()
        assert row is not None
        as_of, area = row
        if year >= as_of.year:
            raise UserError(f"{year} 年在数据截至日 {as_of} 尚未结束，请待年度结束后再冻结。")
        counts = [
            connection.execute(
                f"select count(*) from card.{card} where year = ?", [year]
            ).fetchall()[0][0]
            for card in CARDS
        ]
        if not sum(counts):
            raise UserError(f"发布库中没有 {year} 年的卡片，不能冻结；请核对年份。")
        fingerprint = rule_fingerprint(connection)
        sets = connection.execute(
            "select distinct criteria_set from score.criterion order by all"
        ).fetchall()
        open_matters = provisional(connection, year)
    then = copy.copy(home)
    then.published = _file(home, name)
    return Frozen(
        freeze_name=name,
        year=year,
        as_of=as_of,
        area_code=area,
        criteria="、".join(name for (name,) in sets),
        rule_fingerprint=fingerprint,
        card_count=sum(counts),
        provisional_zh="；".join(open_matters),
        frozen_on=today(),
        frozen_by=by,
        home=then,
    )


def rule_fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """A short sum of `quality.rule`, without when each rule began to speak to whom."""
    rules = connection.execute(f"select {RULE} from quality.rule order by all").fetchall()
    text = "\n".join("|".join(map(str, rule)) for rule in rules)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _copy(home: Home, made: Frozen) -> str:
    """The published file with `frozen.about` in it; gives its sha256."""
    target = made.home.published
    home.frozen.mkdir(mode=0o750, exist_ok=True)
    about = _values(made)
    with drafted(target) as draft:
        shutil.copyfile(home.published, draft)
        with open_any(home, draft, read_only=False) as connection:
            connection.execute("create schema frozen")
            connection.execute(
                "create table frozen.about (freeze_name varchar, year integer, as_of date,"
                " area_code varchar, criteria varchar, rule_fingerprint varchar, card_count bigint,"
                " provisional_zh varchar, frozen_on date, frozen_by varchar)"
            )
            marks = ", ".join("?" for _ in about)
            connection.execute(f"insert into frozen.about values ({marks})", list(about.values()))
        on_disk(draft)
        draft.chmod(0o440)
    return sha256(target)


def _values(made: Frozen) -> dict[str, object]:
    return {one.name: getattr(made, one.name) for one in fields(made) if one.name != "home"}


def _remember(store: Store, made: Frozen, digest: str) -> None:
    """State: the name, and the version of every card of the year."""
    execute = store.connection.execute
    values = _values(made)
    columns = [*list(values)[:8], "sha256", *list(values)[8:]]
    row = [*list(values.values())[:8], digest, *list(values.values())[8:]]
    marks = ", ".join("?" for _ in row)
    with open_published(made.home) as connection:
        cards = connection.execute(
            f"select ? as freeze_name, * from ({CARD_VERSIONS}) where year = ?",
            [made.freeze_name, made.year],
        ).pl()
    with registered(store.connection, "cards_now", cards.drop("year")):
        execute("begin")
        execute(f"insert into state.freeze ({', '.join(columns)}) values ({marks})", row)
        execute("insert into state.freeze_card by name select * from cards_now")
        execute("commit")


#: Every published card with what a freeze keeps of it.
CARD_VERSIONS = " union all ".join(
    f"select '{card}' as card_type, card_id, version_time, count_base, is_counted, org_code,"
    f" report_area_code as area_code, year,"
    f" left(cast(event_date as varchar), 7) as month from card.{card}"
    for card in CARDS
)
