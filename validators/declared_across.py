"""Rules on a card beside the other cards of its person; `flows.across.rules` judges them.

All of them speak to the county: which of two cards is right, nobody can tell from the cards.
"""

from validators.declared import Declared
from validators.kind import OWN
from validators.rule import Dimension, Severity

MATCHING = "浙江省慢性病监测系统：死亡与发病匹配、28天规则；本系统"


def _on_each(
    name: str,
    field: str,
    zh: str,
    severity: Severity,
    example: str,
    dimension: Dimension = "plausibility",
) -> tuple[Declared, ...]:
    """Return the rule for the three incidence cards."""
    return tuple(
        Declared(f"{card_type}.{name}", field, zh, dimension, severity, MATCHING, example)
        for card_type in ("tumour", "cardio", "diabetes")
    )


def _lived(card_type: str, field: str, day: str) -> Declared:
    """Return the rule that the patient was alive when the disease was found."""
    return Declared(
        f"{card_type}.patient_lived_when_it_happened",
        field,
        f"{day}晚于同一人另一张卡上的死亡日期，请核实两卡是否同一人及日期",
        "plausibility",
        "warning",
        MATCHING,
        f"{field}=2025-03-02；另一张卡的死亡日期=2025-03-01",
    )


ACROSS_RULES = (
    Declared(
        "death.cancer_agrees_with_the_tumour_card",
        "underlying_cause",
        "死亡卡的肿瘤部位与同一人肿瘤卡的部位不属同一大类，请核实根本死因和肿瘤卡部位",
        "plausibility",
        "query",
        OWN,
        "underlying_cause=C22.0；同一人肿瘤卡 icd10=C34.1",
    ),
    *_on_each(
        "death_is_known_from_a_death_card",
        "death_date",
        "卡片填有死亡日期，但未找到该患者的死亡卡，请核实死亡日期及死亡卡",
        "query",
        "death_date=2025-03-01；无死亡卡",
        "completeness",
    ),
    *_on_each(
        "death_date_agrees_with_the_death_card",
        "death_date",
        "卡片的死亡日期与同一人死亡卡的死亡日期不一致，请核实",
        "warning",
        "death_date=2025-03-01；死亡卡 death_date=2025-03-11",
    ),
    *_on_each(
        "death_cause_agrees_with_the_death_card",
        "death_cause_class",
        "卡片的死亡原因类别与同一人死亡卡的根本死因不一致，请核实",
        "query",
        "死亡原因为本病；死亡卡 underlying_cause=V87.7",
    ),
    _lived("tumour", "diagnosis_date", "诊断（或存活的最后接触）日期"),
    _lived("cardio", "onset_date", "发病日期"),
    _lived("diabetes", "diagnosis_date", "首次诊断日期"),
    Declared(
        "cardio.first_ever_agrees_with_earlier_cards",
        "first_ever",
        "填为首次发病，但同一人28天以前已有同类事件卡，请核实",
        "plausibility",
        "warning",
        MATCHING,
        "first_ever=1；同一人较早的卡 onset_date 早29天",
    ),
    Declared(
        "cardio.death_within_28_days_is_on_the_card",
        "death_date",
        "同一人的死亡卡显示发病28天内死亡，本卡未填死亡日期，请核实",
        "completeness",
        "warning",
        MATCHING,
        "death_date=∅；死亡卡 death_date 为发病后第28天",
    ),
)
