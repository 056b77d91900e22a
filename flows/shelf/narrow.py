"""What of a card a night holds in memory; the rest goes from the shelf to the models unseen.

A card has some 130 columns, of which the steps of a night read a third. With ten million cards the
others alone would fill the memory of a machine.
"""

from __future__ import annotations

from flows.fields import fields

#: Texts that some step reads, of whatever kind of card. A step that reads one more names it here.
READ = frozenset(
    {
        *("card_id", "name", "sex", "id_number", "inpatient_no", "outpatient_no", "patient_no"),
        *("card_status", "card_kind", "audit_status", "managing_org"),
        *("registration_verified", "registration_unverified_reason", "vital_status"),
        *("underlying_cause", "cause_a", "cause_b", "cause_c", "cause_d"),
        *("other_cause_1", "other_cause_2", "other_cause_3", "death_cause_class"),
        *("icd10", "topography", "morphology", "laterality", "behaviour", "grade"),
        *("diagnosis_basis", "diagnosis_basis_national", "pathology_no", "pathology_text"),
        *("coronary_type", "first_ever"),
    }
)


def held(card_type: str, names: list[str]) -> list[str]:
    """Of the columns of typed cards those that are held in memory.

    Every date is, since a home may set a deadline by any, and an export may be complete by any; and
    so is what typing added: places, the event, the age.
    """
    known = fields(card_type)

    def is_held(name: str) -> bool:
        field = known.get(name.removesuffix("_raw"))
        return field is None or name in READ or field.data_type in ("date", "datetime")

    return [name for name in names if is_held(name)]
