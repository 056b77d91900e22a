"""What the night knows about quality beside the rules on single cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from flows.cards import Kind
from flows.fields import fields
from flows.home import UserError
from flows.ingest import FileFault
from flows.layout import Layouts
from flows.store import Store
from flows.withdrawal import Held
from validators.finding import Report, find
from validators.result import rule_results
from validators.tumour_family import UnknownFamilyError, switched_off

BATCH = pl.Schema({
    "sha256": pl.String, "source_file": pl.String, "card_type": pl.String,
    "received_rows": pl.Int64, "loaded_rows": pl.Int64, "repeated_rows": pl.Int64,
    "rejected_rows": pl.Int64, "status": pl.String, "reason": pl.String, "received_on": pl.Date,
})  # fmt: skip


def batches(store: Store, as_of: date, waiting: list[FileFault]) -> pl.DataFrame:
    """`quality.batch`: one row a received file, sheets of a workbook summed."""
    rows = store.connection.execute(
        """
        select
            sha256, min(source_file) as source_file,
            string_agg(distinct card_type, ',' order by card_type) as card_type,
            cast(sum(received_rows) as bigint) as received_rows,
            cast(sum(loaded_rows) as bigint) as loaded_rows,
            cast(sum(repeated_rows) as bigint) as repeated_rows,
            cast(sum(rejected_rows) as bigint) as rejected_rows,
            -- A workbook with one good sheet is loaded; its other sheets' reasons stand beside.
            case when max(card_type) is null then 'rejected' else 'loaded' end as status,
            string_agg(distinct reason, '；' order by reason) as reason,
            min(received_on) as received_on
        from (
            -- Content that is shown once more adds nothing.
            from state.sheet where received_on <= ?
            qualify row_number() over (partition by sha256, sheet order by order_no) = 1
        ) group by sha256
        """,
        [as_of],
    ).pl()
    later = pl.DataFrame(
        [
            ("", fault.source_file, None, 0, 0, 0, 0, "waiting", fault.reason, as_of)
            for fault in waiting
        ],
        schema=BATCH,
        orient="row",
    )
    return pl.concat([rows.select(list(BATCH)).cast(BATCH), later]).sort("source_file")


def file_faults(
    store: Store, as_of: date, kinds: dict[str, Kind], held: list[Held]
) -> list[FileFault]:
    """Everything to say about whole files; of a name that came again, of what came last."""
    rows = store.connection.execute(
        """
        select
            coalesce(rule_id, 'file.row_rejected'), source_file,
            coalesce(reason, rejected_rows || ' 行不完整，未载入。')
        from state.sheet as sheet
        where received_on <= ? and (rule_id is not null or rejected_rows > 0)
            -- A file that was put right and sent again under its name has no fault any more; a
            -- zip that could be opened then has members.
            and not exists (
                from state.sheet as later
                where later.received_on <= ? and later.order_no > sheet.order_no
                    and later.sha256 <> sheet.sha256
                    and sheet.source_file
                        in (later.source_file, split_part(later.source_file, '!', 1))
            )
        order by order_no
        """,
        [as_of, as_of],
    ).fetchall()
    faults = [FileFault(rule, source, reason) for rule, source, reason in rows]
    for kind in kinds.values():
        faults += kind_faults(kind)
    if "cardio" in kinds:
        faults += old_onset_faults(kinds["cardio"].frame)
    faults += [
        FileFault(
            "file.held_for_lost_column" if item.lost else "file.held_for_withdrawal",
            item.source_file,
            item.said,
            item.lost[0] if item.lost else None,
        )
        for item in held
    ]
    return faults


def kind_faults(kind: Kind) -> list[FileFault]:
    """What is wrong with the columns of the files of one kind."""
    faults = [FileFault(rule, source, header) for rule, source, header in kind.notes]
    labels = {name: field.label_zh for name, field in fields(kind.card_type).items()}
    faults += [
        FileFault("file.column_lost", source, f"“{labels[name]}”整列为空", name)
        for source, name in kind.lost_columns.iter_rows()
    ]
    faults += [
        FileFault("file.code_and_label_disagree", source, f"{count} 行", name)
        for source, name, count in kind.disagreements.iter_rows()
    ]
    if kind.unresolved.height:
        for source, name in kind.unresolved.select("source_file", "field").unique().iter_rows():
            is_org = name in ("report_org", "managing_org", "org_code")
            rule = "file.unresolved_institution" if is_org else "file.unresolved_area"
            faults.append(FileFault(rule, source, "见 quality.unresolved_value", name))
    return faults


@dataclass(frozen=True)
class Counts:
    """What results of cards are made of; a group: card_type, day, org_code, month."""

    sums: pl.DataFrame  # a sum of the cards of every group
    changed: pl.DataFrame | None  # the groups that there are results of; None: of all
    rules: pl.DataFrame  # card_type, rule_id, day, status where no card was judged


@dataclass(frozen=True)
class Judged:
    """What the rules say of one kind of input."""

    findings: pl.DataFrame  # row_index, rule_id, field
    results: pl.DataFrame
    broken: list[str]
    counts: Counts | None = None  # of cards whose verdicts lie on the shelf


@dataclass(frozen=True)
class Ruling:
    """What the rules are told beside the rows."""

    as_of: date
    province: str  # two digits
    table: Layouts  # in force: what a layout has no column for cannot be missing
    without: list[str] | None = None  # families switched off by the home; None for the default
    icdo_revision: str | None = None  # `3.1` or `3.2`; None accepts both

    def switched_off(self) -> frozenset[str]:
        """The families of rules that say nothing.

        Raises:
            UserError: the settings name a family that is none.
        """
        try:
            return switched_off(self.without)
        except UnknownFamilyError as error:
            raise UserError(f"settings.toml 的 tumour_families_off：{error}") from None


def ruled(
    frame: pl.DataFrame,
    card_type: str,
    malformed: pl.DataFrame,
    lost: set[tuple[str, str]],
    ruling: Ruling,
) -> Report:
    """What the rules say of typed rows.

    Args:
        frame: typed rows; ids we made ourselves count as missing.
        card_type: the kind.
        malformed: row_index, field of what could not be read.
        lost: source_file and field where a file has nothing: at most a fault of the file, never of
            each card.
        ruling: the night and the settings.

    Raises:
        UserError: the settings name a family of rules that is none.
    """
    if "is_made_id" in frame.columns:
        frame = frame.with_columns(card_id=pl.when(~pl.col("is_made_id")).then("card_id"))
    table = ruling.table
    carried = {
        layout: {name.split(".", 1)[1] for name in names if name.startswith(card_type + ".")}
        for layout, names in table.carried.items()
        if layout in table.facts
    }
    everything = set(fields(card_type))
    carried |= {name: everything for name in set(frame["layout"].unique()) - carried.keys()}
    return find(
        frame,
        card_type,
        as_of=ruling.as_of,
        province=ruling.province,
        malformed=malformed,
        lost_columns=lost,
        carried=carried,
        without=ruling.switched_off(),
        icdo_revision=ruling.icdo_revision,
    )


def validate_kind(kind: Kind, ruling: Ruling) -> Judged:
    """Judge the current rows of one kind, whatever was judged before."""
    report = ruled(kind.frame, kind.card_type, kind.malformed, lost_of(kind), ruling)
    return Judged(report.findings, rule_results(report), report.broken)


def lost_of(kind: Kind) -> set[tuple[str, str]]:
    """What the files of a kind have nothing of: source_file, field."""
    return set(kind.lost_columns.iter_rows()) | kind.absent_columns


#: Rules on a card beside others of its person; the catalogue declares them.
ONLY = {
    "death": "death.only_card_of_the_person",
    "tumour": "tumour.only_card_of_the_tumour",
    "cardio": "cardio.only_card_of_the_event",
    "diabetes": "diabetes.only_card_of_the_person",
}


def contested_findings(kind: Kind) -> pl.DataFrame:
    """Cards whose id one file also gives to a row of other content."""
    rows = kind.frame.with_row_index("row_index").with_columns(pl.col("row_index").cast(pl.UInt32))
    return rows.filter(pl.col("card_id").is_in(kind.contested_ids.implode())).select(
        "row_index",
        rule_id=pl.lit(f"{kind.card_type}.card_id.repeated"),
        field=pl.lit("card_id"),
    )


#: A file with this many cards and this share of onsets over a year before the report brings the
#: registers of patients under management, not events.
OLD_ONSETS, OLD_SHARE, OLD_DAYS = 50, 0.2, 365


def old_onset_faults(frame: pl.DataFrame) -> list[FileFault]:
    """Files of cardiovascular cards that look like a register of patients, not of events."""
    delay = pl.col("report_date") - pl.col("onset_date")
    by_file = frame.group_by("source_file").agg(
        cards=pl.len(), old=(delay.dt.total_days() > OLD_DAYS).sum()
    )
    found = by_file.filter(
        (pl.col("old") >= OLD_ONSETS) & (pl.col("old") >= OLD_SHARE * pl.col("cards"))
    ).sort("source_file")
    return [
        FileFault("file.old_onsets", file, f"{cards} 张卡中 {old} 张", "onset_date")
        for file, cards, old in found.iter_rows()
    ]


def duplicate_findings(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """Cards that resolve to an event another card already stands for.

    A registry's repeats count (its own judgement), but they are pointed out.
    """
    rows = frame.with_row_index("row_index").with_columns(pl.col("row_index").cast(pl.UInt32))
    usable = (pl.col("count_base") != "none") & pl.col("event_class").is_not_null()
    later = rows.filter(usable & ~pl.col("is_counted")).select(
        "row_index", rule_id=pl.lit(ONLY[card_type]), field=pl.lit("card_id")
    )
    if card_type != "tumour":
        return later
    repeats = rows.filter(pl.col("is_registry_record") & (pl.col("occurrence") > 0)).select(
        "row_index", rule_id=pl.lit("tumour.only_row_with_this_content"), field=pl.lit("card_id")
    )
    return pl.concat([later, repeats])
