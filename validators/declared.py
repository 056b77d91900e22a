"""Rules that are judged elsewhere, on files or on several cards, but belong to the catalogue."""

from typing import NamedTuple

from validators.kind import OWN
from validators.rule import Dimension, Severity


class Declared(NamedTuple):
    """A rule without an expression; all of them speak to the county."""

    rule_id: str
    field: str
    zh: str
    dimension: Dimension
    severity: Severity
    source: str = OWN
    example: str = ""


DUPLICATE = "浙江省慢性病监测信息管理系统质控统计口径：重复卡"

MULTIPLE_PRIMARIES = "IACR/IARC/ENCR多原发规则（2004）"

FILE_RULES = (
    Declared("file.unreadable", "", "文件无法读取，请核实", "conformance", "error"),
    Declared("file.empty", "", "文件没有数据行，请核实", "completeness", "warning"),
    Declared("file.unknown_card_type", "", "无法识别表头，请核实", "conformance", "error"),
    Declared("file.unknown_column", "", "存在未识别的列，请核实", "conformance", "query"),
    Declared("file.repeated_column", "", "表头有重复的列名，请核实", "conformance", "warning"),
    Declared("file.column_lost", "", "整列为空，可能在导出时丢失，请核实", "completeness", "error"),
    Declared("file.row_rejected", "", "部分行无法成为卡片，请核实", "conformance", "warning"),
    Declared(
        "file.letter_not_recognised",
        "",
        "退回的待核实单缺少识别码或识别码无法核对，请核实",
        "conformance",
        "warning",
    ),
    Declared(
        "file.letter_rows_not_taken",
        "",
        "退回的待核实单有未采用的反馈，请核实",
        "conformance",
        "warning",
    ),
    Declared("file.value_too_long", "", "单元格内容过长，请核实", "conformance", "warning"),
    Declared(
        "file.unresolved_institution", "", "部分机构名称无法对应，请核实", "conformance", "warning"
    ),
    Declared("file.unresolved_area", "", "部分地区名称无法对应，请核实", "conformance", "warning"),
    Declared(
        "file.held_for_withdrawal",
        "",
        "超过2%的卡片将被撤销，文件暂不采用，请核实",
        "conformance",
        "error",
    ),
    Declared(
        "file.held_for_lost_column",
        "",
        "卡片先前已有的关键内容在此文件中整列缺失，文件暂不采用，请核实",
        "completeness",
        "error",
    ),
    Declared("file.still_being_written", "", "文件仍在写入，下次再读", "timeliness", "query"),
    Declared(
        "file.password_protected", "", "文件设有密码，请提供无密码文件", "conformance", "error"
    ),
    Declared(
        "file.unsafe_archive", "", "压缩包过大或路径异常，未予展开，请核实", "conformance", "error"
    ),
    Declared(
        "file.scope_unreadable",
        "",
        "范围说明文件无法使用：新文件待其改正后再读，已读的文件沿用原范围，请核实",
        "conformance",
        "warning",
    ),
    Declared(
        "file.code_and_label_disagree", "", "代码列与名称列不一致，请核实", "conformance", "warning"
    ),
    Declared(
        "file.old_onsets",
        "",
        "较多卡片的发病日期早于报告日期一年以上，可能混有管理中的患者，请核实",
        "plausibility",
        "warning",
    ),
    Declared(
        "file.list_without_key",
        "id_number",
        "名单中每一行都没有身份证号，也没有姓名加出生日期，无法与报告卡比对，请补充后重新导入",
        "completeness",
        "error",
    ),
    Declared(
        "file.list_of_one_name",
        "name",
        "名单中所有行的姓名相同，可能已脱敏或被统一填充，无法按人比对，请核实",
        "plausibility",
        "error",
    ),
    Declared(
        "file.list_dates_unreadable",
        "event_date",
        "名单中一半以上的事件日期无法识别为日期，请核实并改为“2025-06-01”的形式后重新导入",
        "conformance",
        "error",
    ),
    Declared(
        "file.list_is_registry",
        "card_type",
        "名单与本库同期报告卡几乎完全一致，可能由报告卡导出，不能用于查找漏报，请核实来源",
        "plausibility",
        "query",
    ),
    Declared(
        "file.list_without_overlap",
        "card_type",
        "名单与本库报告卡没有一人重合，地区、年份或卡片类型可能不符，请核实",
        "plausibility",
        "warning",
    ),
)

PROBABLE = "按姓名、证件号码、出生日期等推算，可能与另一张卡为同一人同一事件，请核实是否重复"
LINKAGE = "Fellegi、Sunter（1969）概率连接；本系统"
REPEATED_ID = "同一卡片编号出现在内容不同的多行中，请核实"
REPEATED_ROW = "与另一行内容完全相同，请核实"

CARD_RULES = (
    Declared("death.card_id.repeated", "card_id", REPEATED_ID, "uniqueness", "warning"),
    Declared("tumour.card_id.repeated", "card_id", REPEATED_ID, "uniqueness", "warning"),
    Declared("cardio.card_id.repeated", "card_id", REPEATED_ID, "uniqueness", "warning"),
    Declared("diabetes.card_id.repeated", "card_id", REPEATED_ID, "uniqueness", "warning"),
    Declared("tumour.only_row_with_this_content", "card_id", REPEATED_ROW, "uniqueness", "warning"),
    Declared(
        "tumour_death.only_row_with_this_content",
        "patient_no",
        REPEATED_ROW,
        "uniqueness",
        "warning",
    ),
    Declared(
        "death.only_card_of_the_person",
        "card_id",
        "同一死者可能有另一张死亡卡，请核实",
        "uniqueness",
        "warning",
        DUPLICATE,
    ),
    Declared(
        "tumour.only_card_of_the_tumour",
        "card_id",
        "同一患者可能有另一张同部位的肿瘤卡，请核实",
        "uniqueness",
        "warning",
        DUPLICATE,
    ),
    Declared(
        "tumour.primary_is_decided_by_the_rules",
        "morphology",
        "按国际多原发规则无法判定与同一患者另一肿瘤是否为同一原发，请核实部位和形态学编码",
        "uniqueness",
        "query",
        MULTIPLE_PRIMARIES,
    ),
    Declared(
        "tumour.registry_records_are_different_primaries",
        "topography",
        "按国际多原发规则可能与同一患者的另一登记记录为同一原发，请核实",
        "uniqueness",
        "query",
        MULTIPLE_PRIMARIES,
    ),
    Declared(
        "cardio.only_card_of_the_event",
        "card_id",
        "同一患者28天内可能有另一张同类事件卡，请核实",
        "uniqueness",
        "warning",
        DUPLICATE,
    ),
    Declared(
        "diabetes.only_card_of_the_person",
        "card_id",
        "同一患者可能已有糖尿病卡（一人终身一卡），请核实",
        "uniqueness",
        "warning",
        DUPLICATE,
    ),
    *(
        Declared(
            f"{card_type}.card_id.probable_duplicate",
            "card_id",
            PROBABLE,
            "uniqueness",
            "query",
            LINKAGE,
            "两张卡姓名、性别、出生日期、事件日期相同，身份证号差一位",
        )
        for card_type in ("death", "tumour", "cardio", "diabetes")
    ),
)
