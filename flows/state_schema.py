"""The tables of state.duckdb, and how each release changed them."""

from __future__ import annotations

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
    # Sheets that the last night left out: of exports that wait for an answer.
    "create table state.left_out (order_no bigint)",
]
STATE_VERSION = len(MIGRATIONS)
