"""The two encrypted stores of a home: raw Parquet files and state.duckdb.

Raw is one Parquet file per received sheet, written once and never rewritten: its cells as text in
positional columns, with the row number a person sees and the kind of each line. Parquet's own
modular encryption (AES-GCM, Apache Parquet format, section "Parquet Modular Encryption") is used,
so any DuckDB with the key opens it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import polars as pl
import pyarrow as pa

from flows.home import Home, UserError
from flows.lock import HomeLock
from flows.trouble import DAMAGED, trouble

#: One statement a schema version; a later release appends, never edits.
MIGRATIONS = [
    """
    create table state.version (version integer);
    create table state.sheet (
        order_no bigint primary key, sha256 varchar, source_file varchar, sheet varchar,
        raw_file varchar, card_type varchar, layout varchar, received_on date,
        exported_at timestamp, received_rows bigint, loaded_rows bigint, repeated_rows bigint,
        rejected_rows bigint, status varchar, reason varchar, rule_id varchar
    );
    create table state.seen (sha256 varchar primary key, source_file varchar, received_on date);
    create table state.finding (
        finding_id varchar primary key, rule_id varchar, card_type varchar, card_id varchar,
        field varchar, severity varchar, channel varchar, org_code varchar, assignee_org varchar,
        area_code varchar, source_file varchar, source_row bigint, first_found_on date,
        last_found_on date, resolved_on date
    );
    create table state.letter (
        night date, org_code varchar, finding_count bigint, channel varchar, status varchar,
        attempts integer, sent_at timestamp, primary key (night, org_code)
    );
    create table state.run (
        night date, started_at timestamp, ended_at timestamp, status varchar, file_count bigint,
        row_count bigint, rejected_count bigint, note varchar
    );
    """,
    """
    create table state.traceback (
        card_type varchar, card_id varchar, decision varchar, decided_by varchar,
        decided_at timestamp
    );
    create table state.card_pair (
        death_card_id varchar, tumour_card_id varchar, decision varchar, decided_by varchar,
        decided_at timestamp
    );
    """,
    """
    create table state.review (
        card_type varchar, card_id varchar, rule_id varchar, decided_by varchar,
        decided_at timestamp
    );
    """,
    """
    create table state.answer (
        finding_id varchar, card_type varchar, card_id varchar, rule_id varchar, org_code varchar,
        answer varchar, note varchar, answered_on date, source_file varchar
    );
    create table state.pair_decision (
        card_type_a varchar, card_id_a varchar, card_type_b varchar, card_id_b varchar,
        decision varchar, decided_by varchar, decided_at timestamp
    );
    """,
    """
    create table state.submission (
        message_id varchar, receiver varchar, card_type varchar, card_id varchar, org_code varchar,
        version_time timestamp, operation varchar, year integer, prepared_on date,
        answered_at timestamp, code varchar, status varchar, attempts integer
    );
    create table state.pack (
        pack varchar, year integer, built_at timestamp, file_name varchar, sha256 varchar,
        built_by varchar, sent_at timestamp, sent_by varchar, receipt_no varchar
    );
    """,
    """
    drop table state.letter;
    create table state.letter_issue (
        issue integer primary key, night date, data_until date, planned_on date, status varchar,
        approved_by varchar, approved_on date
    );
    create table state.letter_item (
        issue integer, org_code varchar, list varchar, row_no integer, item varchar,
        card_type varchar, card_id varchar, rule_id varchar, standing varchar, due_on date
    );
    create table state.letter_outbox (
        issue integer, org_code varchar, channel varchar, message_id varchar, finding_count bigint,
        row_count bigint, status varchar, attempts integer, next_attempt_at timestamp,
        sent_at timestamp, reason varchar
    );
    create table state.letter_reply (
        reply_id varchar, source_file varchar, issue integer, org_code varchar, row_no varchar,
        item varchar, card_type varchar, card_id varchar, answer varchar, note varchar,
        outcome varchar, received_on date
    );
    """,
    """
    create table state.rule_seen (
        rule_id varchar primary key, first_seen_on date, is_established boolean
    );
    """,
    """
    insert into state.pair_decision
    select 'death', death_card_id, 'tumour', tumour_card_id, decision, decided_by, decided_at
    from state.card_pair;
    drop table state.card_pair;
    """,
    """
    create table state.recheck_draw (
        draw_id varchar, year integer, seed bigint, size integer, drawn_on date, area_code varchar,
        org_code varchar, org_name varchar, disease varchar, card_type varchar, card_id varchar,
        row_no integer, available_count integer, is_city boolean, inpatient_no varchar,
        icd10_category varchar, diagnosis_basis varchar
    );
    """,
    """
    create table state.freeze (
        freeze_name varchar primary key, year integer, as_of date, area_code varchar,
        criteria varchar, rule_fingerprint varchar, card_count bigint, provisional_zh varchar,
        sha256 varchar, frozen_on date, frozen_by varchar
    );
    create table state.freeze_card (
        freeze_name varchar, card_type varchar, card_id varchar, version_time timestamp,
        count_base varchar, is_counted boolean, org_code varchar, area_code varchar, month varchar
    );
    create table state.identity_access (
        opened_at timestamp, command varchar, opened_by varchar, reason varchar, org_code varchar,
        card_count bigint, file_name varchar
    );
    """,
    """
    create table state.indicator_value (
        area_code varchar, org_code varchar, year integer, residency varchar, indicator varchar,
        night_from date, night_to date, numerator double, denominator double, unit varchar,
        value double
    );
    create table state.card_trace (
        card_type varchar, card_id varchar, night_from date, night_to date, version_time timestamp,
        standing varchar, year integer, area_code varchar, town_code varchar,
        residence_area_code varchar, residence_town_code varchar, report_area_code varchar,
        org_code varchar, managing_area_code varchar, managing_org_code varchar, numerators varchar
    );
    create table state.card_change (
        night date, card_type varchar, kind varchar, area_code varchar, report_area_code varchar,
        card_count bigint, counted_before bigint, counted_after bigint
    );
    create table state.night_basis (
        night date primary key, rule_fingerprint varchar, model_fingerprint varchar,
        reference_fingerprint varchar, criteria_fingerprint varchar, setting_fingerprint varchar,
        code_fingerprint varchar, population_fingerprint varchar
    );
    """,
    "alter table state.night_basis add column card_digest varchar",
    """
    create table state.inbox_file (
        source_file varchar primary key, size bigint, modified_ns bigint, changed_ns bigint
    );
    """,
    "create table state.scope (source_file varchar primary key, said varchar)",
]
STATE_VERSION = len(MIGRATIONS)


class StoreError(UserError):
    """The key does not open the store, or the store is damaged."""


class Store:
    """Raw and state of one home, opened by the night and by `desk` only."""

    def __init__(self, home: Home) -> None:
        """Open (and make, the first time) the stores; the connection itself is in memory."""
        home.prepare()
        self.home = home
        self.lock = HomeLock(home)
        try:
            self._open(home)
        except BaseException:
            self.lock.release()
            raise

    def _open(self, home: Home) -> None:
        self.connection = connect()
        # A second thread mostly waits for the first, and DuckDB waits by working.
        self.connection.execute("set threads = 1")
        self.connection.execute(f"pragma add_parquet_key('home', '{home.key}')")
        try:
            self.connection.execute(
                f"attach '{quoted(home.state)}' as state (encryption_key '{home.key}')"
            )
        except duckdb.Error as error:
            raise (trouble(error) or StoreError(DAMAGED)) from None
        home.state.chmod(0o600)
        self._migrate()

    def _migrate(self) -> None:
        done = 0
        if self.tables():
            row = self.connection.execute("select version from state.version").fetchone()
            done = int(row[0]) if row else 0
        if done > STATE_VERSION:
            raise StoreError("state.duckdb 由更新的版本写成，请升级程序后再运行。")
        for version, statement in enumerate(MIGRATIONS[done:], done + 1):
            self.connection.execute("begin")
            self.connection.execute(statement)
            self.connection.execute("delete from state.version")
            self.connection.execute("insert into state.version values (?)", [version])
            self.connection.execute("commit")

    def tables(self) -> set[str]:
        """Names of the tables in state."""
        rows = self.connection.execute(
            "select table_name from duckdb_tables() where database_name = 'state'"
        ).fetchall()
        return {row[0] for row in rows}

    def close(self) -> None:
        """Flush and let go of the files."""
        self.connection.close()
        self.lock.release()

    def write_raw(self, cells: pl.DataFrame | Iterator[pl.DataFrame], name: str) -> None:
        """Write one sheet; the file appears whole or not at all."""
        self.write_locked(cells, self.home.raw / name)

    def read_raw(self, name: str, where: str = "true", columns: str = "*") -> pl.DataFrame:
        """Read one sheet back, as text."""
        return self.read_locked([self.home.raw / name], where, columns)

    def write_locked(self, rows: pl.DataFrame | Iterator[pl.DataFrame], target: Path) -> None:
        """Write an encrypted Parquet file; it appears whole or not at all.

        Args:
            rows: a frame, or at least one frame after the other, of which few are held at a time.
            target: the file.
        """
        draft = target.with_suffix(".draft")
        whole = rows if isinstance(rows, pl.DataFrame) else _as_reader(rows)
        self.connection.register("frame_to_lock", whole)
        self.connection.execute(
            f"copy frame_to_lock to '{quoted(draft)}' (format parquet, compression zstd, "
            "compression_level 1, encryption_config {footer_key: 'home'})"
        )
        self.connection.unregister("frame_to_lock")
        draft.chmod(0o600)
        draft.replace(target)

    def read_locked(
        self, files: list[Path], where: str = "true", columns: str = "*"
    ) -> pl.DataFrame:
        """Read encrypted Parquet files of one schema, one after the other, rows in order."""
        names = ", ".join(f"'{quoted(file)}'" for file in files)
        return self.connection.sql(
            f"select {columns} from read_parquet([{names}], "
            f"encryption_config = {{footer_key: 'home'}}) where {where}"
        ).pl()

    def row_hashes(self, frame: pl.DataFrame) -> pl.Series:
        """64-bit MD5 prefixes of text rows: stable over versions of every library."""
        cells = (pl.col(name).fill_null("") for name in sorted(frame.columns))
        rows = frame.select(text=pl.concat_str(cells, separator="\x1f"))
        self.connection.register("text_rows", rows)
        hashes = self.connection.sql(
            "select md5_number_lower(text) as row_hash from text_rows"
        ).pl()["row_hash"]
        self.connection.unregister("text_rows")
        return hashes


def _as_reader(frames: Iterator[pl.DataFrame]) -> pa.RecordBatchReader:
    """Frames as Arrow batches that DuckDB asks for one by one."""
    first = next(frames).to_arrow()
    rest = (batch for frame in frames for batch in frame.to_arrow().to_batches())
    return pa.RecordBatchReader.from_batches(first.schema, chain(first.to_batches(), rest))


def sha256(file: Path) -> str:
    """The sum of a file, in hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def quoted(path: Path) -> str:
    """A path inside single quotes of an SQL text."""
    return str(path).replace("'", "''")


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the OpenSSL-backed extension from the package, no network."""
    connection = duckdb.connect(
        config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
    )
    package = Path(duckdb_extension_httpfs.__file__).parent
    extension = next(package.glob(f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension"))
    connection.execute(f"load '{quoted(extension)}'")
    connection.execute("set enable_progress_bar = false")  # logs are read by people
    # Files are read once: to keep them costs memory, and one that was just damaged seems sound.
    connection.execute("set enable_external_file_cache = false")
    return connection


@contextmanager
def opened(home: Home) -> Iterator[Store]:
    """A store that is closed whatever happens."""
    store = Store(home)
    try:
        yield store
    finally:
        store.close()
