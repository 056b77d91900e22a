"""What the registry's published tables are called in Chinese, and how they are written."""

from __future__ import annotations

import duckdb
import polars as pl

from flows.draft import put
from flows.models import write_comments

QUALITY_LABELS = {
    "area_code": "县",
    "org_code": "报告机构（空为全县）",
    "year": "年份",
    "residency": "人口口径",
    "sex": "性别（0 合计）",
    "grouping": "部位分类（big 26大类，small 59小类）",
    "group_code": "部位组（ALL 合计，ALL_BUT_C44 不含C44）",
    "group_name_zh": "部位名称",
    "urban_rural": "城乡",
    "case_count": "新发病例数",
    "death_count": "死亡数（来源不明或按机构时为空）",
    "morphologically_verified_percent": "病理诊断率（%）",
    "death_certificate_only_percent": "仅有死亡医学证明书比例DCO（%）",
    "death_certificate_only_if_open_fail_percent": "追溯未定者均无果时的DCO（%）",
    "death_certificate_notified_percent": "死亡补发病比例DCN（%）",
    "mortality_incidence_ratio": "死亡发病比",
    "unspecified_site_percent": "部位不明比例（%）",
    "unspecified_subsite_percent": "亚部位不明比例，第四位为9（%）",
    "unspecified_morphology_percent": "有病理而形态学不明的比例（%）",
    "later_primary_percent": "第二及以后原发的比例（%）",
    "unknown_age_percent": "年龄不详比例（%）",
    "child_case_count": "0–14岁病例数",
    "child_rate_per_million": "0–14岁发病率（1/百万）",
    "notifications_per_case": "每例卡片数（登记处版式不带来源，为空）",
    "sources_per_case": "每例报告机构数",
    "single_source_percent": "单一来源比例（%）",
    "median_days_to_report": "诊断至报告天数中位数",
    "reported_within_12_months_percent": "12个月内报告比例（%）",
    "change_from_earlier_years_percent": "中标率较前三年（至少一年）均值的变化（%）",
    "completeness_ajiki": "完整性，Ajiki法（0–1）",
    "completeness_dcn_mi": "完整性，DCN与M:I法（0–1，DCN高时偏高）",
    "one_minus_survival_5_years": "1-五年生存率",
    "mi_above_one_minus_survival": "死亡发病比减去（1-五年生存率）",
    "fails_criterion": "未达到考核界值的指标（逗号分隔；空文本为均达到）",
    "looks_wrong": "不在参考范围、值得核实的指标（逗号分隔；空文本为无）",
}
AGE_LABELS = {
    "area_code": "县",
    "year": "年份",
    "residency": "人口口径",
    "sex": "性别（0 合计）",
    "grouping": "部位分类（big 26大类，small 59小类）",
    "group_code": "部位组（ALL 合计）",
    "age_group": "年龄组",
    "case_count": "新发病例数",
    "person_years": "年平均人口",
    "rate_per_100k": "年龄别发病率（1/10万）",
}
JUDGEMENT_LABELS = {
    "area_code": "县",
    "year": "年份",
    "residency": "人口口径",
    "grouping": "部位分类",
    "group_code": "部位组（ALL 合计）",
    "indicator": "指标",
    "value": "值",
    "ci_low": "95%区间下限",
    "ci_high": "95%区间上限",
    "band_low": "参考范围下限",
    "band_high": "参考范围上限",
    "band_source": "参考范围来源",
    "plausibility": "合理性（in_band、below_band、above_band、no_band）",
    "criterion_zh": "考核界值",
    "meets_criterion": "是否达到考核界值",
    "looks_wrong": "是否值得核实",
    "reason_zh": "说明",
}


def in_order(table: pl.DataFrame, labels: dict[str, str]) -> list[str]:
    """The labelled columns, each followed by its limits where it has some."""
    names = [f"{column}{limit}" for column in labels for limit in ("", "_low", "_high")]
    return [name for name in names if name in table.columns]


def write(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    frame: pl.DataFrame,
    zh: str,
    labels: dict[str, str],
) -> None:
    """Write a frame as `indicator.<name>` with its Chinese comments."""
    put(connection, f"indicator.{name}", frame)
    shown = {column: text for column, text in labels.items() if column in frame.columns}
    write_comments(connection, f"indicator.{name}", zh, shown)
