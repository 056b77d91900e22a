"""Examples of the rules that are judged on files or on several cards, for the rule page."""

#: By rule id without the card type where a rule stands for several, else by the whole id.
EXAMPLES = {
    "card_id.repeated": "同一文件两行 card_id=D0001，死亡日期不同",
    "only_row_with_this_content": "文件中两行各字段完全相同",
    "only_card_of_the_person": "同一身份证号的两张卡",
    "only_card_of_the_tumour": "同一患者两张卡 icd10=C34.1、C34.9",
    "primary_is_decided_by_the_rules": "同一患者 C50.9、形态学8000，另一卡C50.4、形态学8500",
    "registry_records_are_different_primaries": "同一患者两条登记记录 C18.2、C18.7，形态学均为8140",
    "only_card_of_the_event": "同一患者两张卒中卡，发病相隔10天",
    "file.unreadable": "文件损坏，无法打开",
    "file.empty": "只有表头，没有数据行",
    "file.unknown_card_type": "表头为“货号、单价、数量”",
    "file.unknown_column": "表头多出一列“备注3”",
    "file.repeated_column": "表头有两列“性别”",
    "file.column_lost": "“根本死因编码”整列为空",
    "file.row_rejected": "某行列数少于表头",
    "file.value_too_long": "某单元格超过字段允许的长度",
    "file.unresolved_institution": "报卡单位“县医院（旧）”不在机构表中",
    "file.unresolved_area": "户籍地址“某某新区”不在区划中",
    "file.held_for_withdrawal": "完整导出中100张卡少了5张",
    "file.held_for_lost_column": "再次导出的300张死亡卡没有“审核标志”列，先前有",
    "file.still_being_written": "压缩包不完整",
    "file.password_protected": "工作簿设有打开密码",
    "file.unsafe_archive": "压缩包内文件名为 ../a.csv",
    "file.scope_unreadable": "范围说明把 date_field 写作 deathdate",
    "file.code_and_label_disagree": "性别代码为1，性别名称为女",
    "file.old_onsets": "200张心脑血管卡中80张发病早于报告一年以上",
    "file.list_without_key": "名单只有姓名一列",
    "file.list_of_one_name": "名单各行姓名均为“某某”",
    "file.list_dates_unreadable": "名单的日期写作“去年夏天”",
    "file.list_is_registry": "名单与报告卡逐行相同",
    "file.list_without_overlap": "名单为另一县的病例",
    "file.letter_not_recognised": "发回的待核实单没有识别码",
    "file.letter_rows_not_taken": "发回的待核实单中某行的序号与卡片编号不一致",
}


def example_of(rule_id: str) -> str:
    """Return the example of a declared rule; empty where there is none."""
    return EXAMPLES.get(rule_id) or EXAMPLES.get(rule_id.partition(".")[2], "")
