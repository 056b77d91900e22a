"""Tonight's findings against those of earlier nights: new, still open, resolved."""

from __future__ import annotations

import hashlib
from datetime import date

import polars as pl

from flows.cards import Kind
from flows.ingest import FileFault
from flows.store import Store
from flows.tasks.assignee import MANAGED, of_finding

COLUMNS = [
    "finding_id", "rule_id", "card_type", "card_id", "field", "severity", "channel", "org_code",
    "assignee_org", "area_code", "source_file", "source_row", "first_found_on", "last_found_on",
    "resolved_on",
]  # fmt: skip
TONIGHT = COLUMNS[:12]
SCHEMA = {
    name: pl.Date() if name.endswith("_on") else pl.Int64() if name == "source_row" else pl.String()
    for name in COLUMNS
}


def card_findings(kind: Kind, found: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Rows of `quality.finding` for one kind of input, without dates.

    Args:
        kind: current cards.
        found: row_index, rule_id, field.
        catalogue: rule_id, severity, channel; a rule of channel `statistic` makes no finding.
    """
    if found.is_empty():
        return pl.DataFrame(schema={name: SCHEMA[name] for name in TONIGHT})
    chosen = (
        found.select("row_index", "rule_id", "field")
        .unique(maintain_order=True)
        .join(catalogue.select("rule_id", "severity", "channel"), on="rule_id")
        .filter(pl.col("channel") != "statistic")
    )
    has_sheet = pl.col("sheet").fill_null("") != ""
    nothing = pl.lit(None, pl.String)
    places = kind.frame.select(
        *(
            pl.col(name) if name in kind.frame.columns else nothing.alias(name)
            for name in ("card_id", "org_code", "area_code", "report_area_code", MANAGED)
        ),
        *("source_file", "sheet", "source_row"),
    )[chosen["row_index"]].with_columns(
        source_file=pl.when(has_sheet)
        .then(pl.concat_str("source_file", pl.lit("#"), "sheet"))
        .otherwise("source_file"),
    )
    return _identified(
        chosen.hstack(places).with_columns(
            card_type=pl.lit(kind.card_type), assignee_org=of_finding()
        )
    )


def file_findings(faults: list[FileFault], catalogue: pl.DataFrame) -> pl.DataFrame:
    """Rows of `quality.finding` for whole files."""
    rows = pl.DataFrame(
        [
            (fault.rule_id, fault.source_file, fault.field, fault.source_row)
            for fault in faults
        ],
        schema={
            "rule_id": pl.String, "source_file": pl.String, "field": pl.String,
            "source_row": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    nothing = pl.lit(None, pl.String)
    return _identified(
        rows.unique(maintain_order=True)
        .join(catalogue.select("rule_id", "severity", "channel"), on="rule_id")
        .with_columns(
            card_type=pl.lit("file"),
            card_id=nothing,
            org_code=nothing,
            assignee_org=nothing,
            area_code=nothing,
        )
    )


def _identified(findings: pl.DataFrame) -> pl.DataFrame:
    """The id stays the same while the fault stays: card (or place in a file), rule and field."""
    place = pl.concat_str(
        "source_file", pl.col("source_row").cast(pl.String).fill_null(""), separator="#"
    )
    keys = findings.select(
        key=pl.concat_str(
            "card_type",
            pl.coalesce("card_id", place),
            "rule_id",
            pl.col("field").fill_null(""),
            separator="|",
        )
    )["key"]
    ids = [hashlib.blake2b(key.encode(), digest_size=10).hexdigest() for key in keys.to_list()]
    return (
        findings.with_columns(pl.Series("finding_id", ids, dtype=pl.String))
        .select(TONIGHT)
        .unique("finding_id", keep="first", maintain_order=True)
    )


def with_history(
    store: Store, tonight: pl.DataFrame, as_of: date, broken: list[str] | None = None
) -> pl.DataFrame:
    """Merge tonight's findings with what earlier nights found.

    A finding keeps its first day; one that is gone is resolved on the first night without it; one
    that comes back is open again. Findings first seen after `as_of` did not exist that day.

    Args:
        store: state.
        tonight: findings of the rules that worked.
        as_of: the night.
        broken: rules that crashed tonight. That they found nothing says nothing of the cards: what
            they found before stays open, and with the county until they work again.
    """
    before = store.connection.execute(
        f"select {', '.join(COLUMNS)} from state.finding where first_found_on <= ?", [as_of]
    ).pl()
    days = before.select("finding_id", "first_found_on")
    still = tonight.join(days, on="finding_id", how="left", maintain_order="left").with_columns(
        first_found_on=pl.col("first_found_on").fill_null(as_of),
        last_found_on=pl.lit(as_of),
        resolved_on=pl.lit(None, pl.Date),
    )
    unknown = pl.col("rule_id").is_in(broken or []) & pl.col("resolved_on").is_null()
    gone = before.join(tonight, on="finding_id", how="anti").with_columns(
        resolved_on=pl.when(~unknown).then(pl.col("resolved_on").fill_null(as_of)),
        channel=pl.when(unknown).then(pl.lit("county")).otherwise("channel"),
    )
    every = pl.concat([still.select(COLUMNS), gone.select(COLUMNS)]).cast(SCHEMA)  # type: ignore[arg-type]
    return every.sort("finding_id")


def last_night(store: Store) -> date | None:
    """The latest date a night was run for."""
    row = store.connection.execute(
        "select max(night) from state.run where status = 'done'"
    ).fetchone()
    return row[0] if row else None


def save_history(store: Store, findings: pl.DataFrame) -> None:
    """Make the history these findings and no others, all or nothing.

    Most findings stay as they were but for the night that saw them last: of those only that is
    written, for a table written anew costs as much as it holds.
    """
    told = [name for name in COLUMNS[1:] if name != "last_found_on"]
    differs = " or ".join(f"kept.{name} is distinct from now.{name}" for name in told)
    connection = store.connection
    connection.register("findings_now", findings)
    connection.execute("begin")
    try:
        connection.execute(
            """
            update state.finding as kept set last_found_on = now.last_found_on
            from findings_now as now
            where kept.finding_id = now.finding_id
                and kept.last_found_on is distinct from now.last_found_on
            """
        )
        connection.execute(
            f"""
            merge into state.finding as kept using findings_now as now
                on kept.finding_id = now.finding_id
            when matched and ({differs})
                then update set {", ".join(f"{name} = now.{name}" for name in told)}
            when not matched by target
                then insert ({", ".join(COLUMNS)})
                values ({", ".join(f"now.{name}" for name in COLUMNS)})
            when not matched by source
                then delete
            """
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        connection.unregister("findings_now")
