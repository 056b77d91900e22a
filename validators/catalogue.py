"""The rule catalogue, walked from the schemas: a letter cannot cite a rule that does not exist."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pandera.polars as pa
import polars as pl

from validators import reference
from validators.cardio import Cardio
from validators.death import Death
from validators.declared import CARD_RULES, FILE_RULES
from validators.declared_across import ACROSS_RULES
from validators.declared_example import example_of
from validators.diabetes import Diabetes
from validators.inputs import (
    Area,
    Benchmark,
    Evidence,
    Institution,
    MonthlyReport,
    PlatformTotal,
    Population,
    SurveyCase,
    TumourDeath,
)
from validators.rule import FACTS, Facts
from validators.sensitive import neutral_zh
from validators.tumour import Tumour

#: Schema class of every card type and other input.
CARD_TYPES: dict[str, type[pa.DataFrameModel]] = {
    str(schema.Config.name): schema
    for schema in (
        Death,
        Tumour,
        Cardio,
        Diabetes,
        TumourDeath,
        Population,
        Institution,
        MonthlyReport,
        SurveyCase,
        PlatformTotal,
        Benchmark,
        Evidence,
        Area,
    )
}
#: The four cards; the rest are inputs without a life of their own.
CARDS = ("death", "tumour", "cardio", "diabetes")

#: Names of the kinds that make `<card>.<field>.<kind>`; all other names are statements.
KINDS = frozenset(
    {
        "missing",
        "malformed",
        "not_in_code_list",
        "not_in_icd10",
        "without_fourth_character",
        "in_older_edition",
        "not_in_topography_list",
        "not_in_morphology_list",
        "not_in_area_list",
        "not_in_town_list",
        "before_1900",
        "in_the_future",
        "out_of_range",
        "not_in_form",
    }
)

#: Which kind stands for text that could not be read, by data type; `malformed` where not named.
UNREADABLE_AS = {
    "code": "not_in_code_list",
    "multi_code": "not_in_code_list",
    "area": "not_in_area_list",
    "town": "not_in_town_list",
}

COLUMNS = {
    "rule_id": pl.String,
    "card_type": pl.String,
    "field": pl.String,
    "dimension": pl.String,
    "severity": pl.String,
    "channel": pl.String,
    "message_zh": pl.String,
    "source": pl.String,
    "jurisdiction": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "is_sensitive": pl.Boolean,
    "letter_zh": pl.String,
}


@dataclass(frozen=True)
class Rule:
    """A rule in its place."""

    card_type: str
    field: str
    facts: Facts

    @property
    def rule_id(self) -> str:
        """Return the id, derived from the rule's position."""
        name = self.facts.name
        place = f"{self.card_type}.{self.field}" if name in KINDS else self.card_type
        return f"{place}.{name}"

    @property
    def message_zh(self) -> str:
        """Return the sentence that the reader gets; it holds no value of a card."""
        return self.facts.zh.format(label=reference.labels(self.card_type)[self.field])

    @property
    def letter_zh(self) -> str:
        """Return the sentence that a letter prints: a neutral one where `is_sensitive`."""
        return neutral_zh(self.message_zh, reference.labels(self.card_type)[self.field])

    @property
    def is_sensitive(self) -> bool:
        """Return whether `message_zh` names a cause that no letter names."""
        return self.letter_zh != self.message_zh

    @property
    def implies(self) -> tuple[str, ...]:
        """Return the ids of the rules that break unavoidably with this one."""
        return tuple(f"{self.card_type}.{name}" for name in self.facts.implies)


@cache
def rules(card_type: str) -> tuple[Rule, ...]:
    """Return the rules that a schema checks, in the order of its fields."""
    columns = CARD_TYPES[card_type].to_schema().columns
    return tuple(
        Rule(card_type, name, check.statistics[FACTS])
        for name, column in columns.items()
        for check in column.checks
    )


@cache
def unreadable(card_type: str) -> dict[str, Rule]:
    """Return, by field, the rule that text which could not be read breaks.

    Text and institutions have none: text is always readable, and an institution that nobody
    knows is one finding of the file.
    """
    found = {}
    by_place = {(rule.field, rule.facts.name): rule for rule in rules(card_type)}
    for name, column in CARD_TYPES[card_type].to_schema().columns.items():
        metadata = column.metadata or {}
        if metadata["malformed"] is not None:
            found[name] = Rule(card_type, name, metadata["malformed"])
        elif (kind := UNREADABLE_AS.get(metadata["data_type"])) and (name, kind) in by_place:
            found[name] = by_place[name, kind]
    return found


def all_rules(card_type: str) -> Iterator[Rule]:
    """Yield the checked rules and those that typing reports, field by field."""
    malformed = [rule for rule in unreadable(card_type).values() if rule.facts.name == "malformed"]
    by_field: dict[str, list[Rule]] = {}
    for rule in (*malformed, *rules(card_type)):
        by_field.setdefault(rule.field, []).append(rule)
    for name in reference.labels(card_type):
        yield from by_field.get(name, [])


@cache
def catalogue() -> pl.DataFrame:
    """Return one row per rule, columns as `COLUMNS`: those of the schemas, then the declared.

    `letter_zh` is what a letter prints; it is not `message_zh` where `is_sensitive`.
    """
    rows = [
        (
            rule.rule_id,
            card_type,
            rule.field,
            rule.facts.dimension,
            rule.facts.severity,
            rule.facts.channel,
            rule.message_zh,
            rule.facts.source,
            rule.facts.jurisdiction,
            rule.facts.valid_from,
            rule.facts.valid_to,
            rule.is_sensitive,
            rule.letter_zh,
        )
        for card_type in CARD_TYPES
        for rule in all_rules(card_type)
    ]
    rows += [
        (
            declared.rule_id,
            declared.rule_id.partition(".")[0],
            declared.field,
            declared.dimension,
            declared.severity,
            "county",
            declared.zh,
            declared.source,
            "",
            None,
            None,
            neutral_zh(declared.zh, "") != declared.zh,
            neutral_zh(declared.zh, ""),
        )
        for declared in (*CARD_RULES, *ACROSS_RULES, *FILE_RULES)
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


DIMENSIONS = {
    "completeness": "完整性",
    "conformance": "规范性",
    "plausibility": "合理性",
    "timeliness": "及时性",
    "uniqueness": "唯一性",
}
#: Most fields of an example that are shown, and fields whose values look like a person's.
SHOWN, HIDDEN = 4, ("name", "id_number", "phone", "family_phone", "certificate_no")


def as_markdown() -> str:
    """Return the catalogue as the page docs/rules.md: by card type and dimension, a line a rule."""
    words = {"error": "错误级", "warning": "提示级", "query": "询问级"}
    channels = {"hospital": "医院", "county": "疾控中心", "statistic": "仅统计"}
    examples = _examples()
    lines = [
        "# 规则目录",
        "",
        "由 `validators.catalogue.as_markdown()` 生成，请勿手工修改。"
        "规则描述的是合格卡片应有的样子；空值只影响“未填写”类规则。"
        "示例为在一张合格卡片上的改动（虚构），∅ 表示空。",
    ]
    for (card_type,), part in catalogue().group_by("card_type", maintain_order=True):
        lines += ["", f"## {card_type}"]
        for dimension, title in DIMENSIONS.items():
            rows = part.filter(pl.col("dimension") == dimension)
            if rows.is_empty():
                continue
            lines += [
                "",
                f"### {card_type}：{title}（{rows.height}条）",
                "",
                "| 规则 | 字段 | 级别 | 发给 | 说明 | 依据 | 适用 | 示例 |",
                "|---|---|---|---|---|---|---|---|",
            ]
            for row in rows.iter_rows(named=True):
                scope = [f"省码{row['jurisdiction']}"] if row["jurisdiction"] else []
                scope += [f"自{row['valid_from']}"] if row["valid_from"] else []
                scope += [f"至{row['valid_to']}"] if row["valid_to"] else []
                cells = [
                    f"`{row['rule_id']}`",
                    row["field"],
                    words[row["severity"]],
                    channels[row["channel"]],
                    row["message_zh"],
                    row["source"],
                    "；".join(scope),
                    examples.get(row["rule_id"], ""),
                ]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _examples() -> dict[str, str]:
    """Return a short text per rule: the fields that its example changes, the accused one first."""
    from validators.example import EXAMPLES  # the examples are made from this catalogue

    accused = dict(catalogue().select("rule_id", "field").iter_rows())
    found = {
        declared.rule_id: declared.example or example_of(declared.rule_id)
        for declared in (*CARD_RULES, *ACROSS_RULES, *FILE_RULES)
    }
    for rule_id, change in EXAMPLES.items():
        first = accused[rule_id]
        names = sorted(change, key=lambda name: (name != first, change[name] is None))
        parts = [f"{name}={_shown(name, change[name])}" for name in names]
        found[rule_id] = "；".join(parts[:SHOWN]).replace("|", "、")
    return found


def _shown(name: str, value: str | None) -> str:
    """Return a value of an example; even an invented number looks like somebody's."""
    if value is None or value == "":
        return "∅"
    return "（略）" if name in HIDDEN else value
