"""What the published file shows for each material: one SELECT a table; card numbers, never names.

Parameters: $area, the county; $year, the data year of the criterion; $assessed, the 评估年.
"""

from __future__ import annotations

import duckdb
import polars as pl

from flows.letters.wording import CARD_ZH

UNIT = "coalesce(org_name, cards.org_code) as 机构"
ORGS = """left join (select org_code, any_value(org_name) as org_name
    from reference.institution group by org_code) as orgs on {0}.org_code = orgs.org_code"""
RATE = """
select name_zh as 指标, year as 年份, case residency when 'registered' then '户籍'
    when 'resident' then '常住' end as 口径, numerator as 分子, denominator as 分母,
    value as 值, ci_low as 区间下限, ci_high as 区间上限, summary.method as 方法
from indicator.summary inner join indicator.definition using (indicator)
where org_code is null and area_code = $area and year between $year - 2 and $year
    and indicator in ({0}) and value is not null
order by indicator, year, residency
"""
REVIEW = """
select survey_id as 检查编号, year as 年份, card_type as 卡片类型, cutoff_date as 截止日期,
    sum(listed_count) as 查到, sum(eligible_count) as 符合条件, sum(missed_count) as 漏报
from indicator.survey
where purpose = 'hospital_review' and area_code = $area and year between $year - 3 and $year
    and (card_type = 'death') = {0}
group by all order by all
"""
METHOD_ZH = {
    "exact Poisson (Garwood)": "泊松分布精确区间（Garwood）",
    "Wilson score": "Wilson 区间",
    "exact conditional binomial": "条件二项分布精确区间",
    "Chiang II abridged life table": "Chiang II 简略寿命表",
    "40q30 with Chiang variance": "30～70岁早死概率，Chiang 方差",
    "delta method on the log scale": "对数尺度 delta 法",
    "no interval": "不计区间",
    "no_data": "无数据",
    "death_cards": "死亡数来自死亡卡",
    "registry_deaths": "死亡数来自登记处",
    "bands three": "按0～14、15～64、65岁以上分段",
    "bands below_65": "按65岁以下、以上分段",
    "bands from_15": "按15岁以下、以上分段",
    "bands all": "不分年龄",
}
#: Columns whose cells the published file says in English; no words: `method_zh`.
SAID: dict[str, dict[str, str]] = {
    "卡片类型": CARD_ZH,
    "用途": {"hospital_review": "医院漏报检查", "household_survey": "入户漏报调查",
           "routine_match": "名单核对"},
    "方法": {},
}  # fmt: skip
FINAL = "('3', '5', '6', '7', '8')"


def _monthly() -> str:
    months = ", ".join(
        f"case when max(case when month = $year || '-{number:02d}' and card_count > 0 then 2"
        f" when month = $year || '-{number:02d}' and zero > 0 then 1 else 0 end) = 2 then '有卡'"
        f" when max(case when month = $year || '-{number:02d}' and zero > 0 then 1 else 0 end) = 1"
        f" then '零报告' else '' end as \"{number}月\""
        for number in range(1, 13)
    )
    return f"""
    with heard as (
        select org_code, left(cast(coalesce(report_date, created_time) as varchar), 7) as month,
            1 as card_count, 0 as zero from card.death
        union all
        select org_code, left(cast(event_date as varchar), 7), 1, 0 from card.death
        union all
        select org_code, month, 0, 1 from reference.monthly_report
        where card_type = 'death' and event_count is not null
    )
    select org.org_code as 机构编码, org_name as 机构名称, org_level as 级别,
        case reports_death when '1' then '是' when '0' then '否' else '' end as 报告死亡,
        opened_on as 启用日期, closed_on as 停用日期,
        case when max(case when left(month, 4) = cast($year as varchar) then 1 else 0 end) = 1
            then '有' else '无' end as 当年报卡或零报告,
        {months}, '' as 直报账号（县里填写）
    from reference.institution as org left join heard on org.org_code = heard.org_code
    where left(area_code, 6) = $area and coalesce(year(opened_on), $year) <= $year
        and coalesce(year(closed_on), $year) >= $year and org_level in ('1', '2', '3', '4')
    group by all order by org_level, 机构编码
    """


def _audit(where: str) -> str:
    return f"""
    select {UNIT}, cards.audit_status as 审核状态代码,
        case when cards.audit_status in {FINAL} then '终审' else '未终审' end as 结论,
        count(*) as 卡数
    from card.death as cards {ORGS.format("cards")}
    where cards.report_area_code = $area and cards.year = $year and {where}
    group by all order by all
    """


def _listing(columns: str, card: str, where: str) -> str:
    return f"""
    select cards.card_id as 卡片编号, {UNIT},
        left(cast(cards.event_date as varchar), 7) as 事件月份, {columns}
    from card.{card} as cards {ORGS.format("cards")}
    where cards.year = $year and {where} order by 1
    """


TABLES: dict[str, str] = {
    "org_report": _monthly(),
    "zero_report": f"""
        select {UNIT.replace("cards", "sent")}, sent.month as 月份, sent.card_type as 卡片类型,
            sent.event_count as 例数
        from reference.monthly_report as sent {ORGS.format("sent")}
        where left(sent.month, 4) = cast($year as varchar) and sent.card_type = 'death'
        order by all
    """,
    "review_death": REVIEW.format("true"),
    "review_chronic": REVIEW.format("false"),
    "audit_death": _audit("cards.count_base <> 'none'"),
    "audit_open": _listing(
        "cards.audit_status as 审核状态, cards.created_time as 创建时间",
        "death",
        f"cards.report_area_code = $area and cards.count_base <> 'none'"
        f" and coalesce(cards.audit_status, '') not in {FINAL}",
    ),
    "death_rate": RATE.format("'crude_death_rate_per_1000', 'corrected_death_rate_per_1000'"),
    "r_code": _listing(
        "cards.underlying_cause as 根本死因, cards.death_place as 死亡地点代码,"
        " '' as 核查方式（填写）, '' as 核查结果（填写）, '' as 订正后死因（填写）",
        "death",
        "cards.area_code = $area and cards.count_base = 'official' and cards.is_counted"
        " and left(cards.underlying_cause, 1) = 'R'",
    ),
    "interfacing": f"""
        select cards.org_code as 机构编码, {UNIT},
            case cards.declared_interfaced when '1' then '已对接' when '0' then '未对接'
                else '未填' end as 申报,
            cards.card_count as 卡数, cards.keyed_count as 有上传主键,
            cards.message_card_count as 报文送来
        from quality.interfacing as cards {ORGS.format("cards")}
        where cards.area_code = $area and cards.year = $year order by 1
    """,
    "diabetes_rate": RATE.format("'diabetes_incidence_per_100k'"),
    "cancer_rate": RATE.format("'cancer_incidence_per_100k'"),
    "stroke_rate": RATE.format(
        "'stroke_incidence_per_100k', 'stroke_first_ever_incidence_per_100k'"
    ),
    "coronary_rate": RATE.format(
        "'coronary_incidence_per_100k', 'coronary_mortality_per_100k',"
        " 'coronary_incidence_before_supplement_per_100k'"
    ),
    "survey": """
        select survey_id as 编号, purpose as 用途, year as 年份, card_type as 卡片类型,
            cutoff_date as 截止日期, listed_count as 查到, eligible_count as 符合条件,
            missed_count as 漏报
        from indicator.survey
        where area_code = $area and year between $assessed - 3 and $assessed
        order by all
    """,
    "survey_done": """
        select survey_id as 编号, year as 年份, card_type as 卡片类型, cluster_count as 收回群数,
            listed_count as 查到, eligible_count as 符合条件
        from indicator.survey
        where purpose = 'household_survey' and area_code = $area
            and year between $assessed - 3 and $assessed
        order by all
    """,
    "cancer_site": """
        select group_name_zh as 部位, case_count as 发病, death_count as 死亡,
            mortality_incidence_ratio as 死亡发病比, morphologically_verified_percent as 病理诊断率,
            death_certificate_only_percent as 仅有死亡证明比例
        from indicator.cancer
        where area_code = $area and year = $year and residency = 'registered' and sex = '0'
            and grouping = 'big' and case_count + death_count > 0
        order by group_code
    """,
    "traceback": f"""
        select cards.card_id as 卡片编号,
            case cards.card_type when 'death' then '死亡卡' else '肿瘤卡' end as 卡片类型,
            case cards.list when 'underlying' then '死亡未见肿瘤卡'
                when 'mentioned' then '死亡提及肿瘤' else '死亡补发' end as 名单,
            cards.icd10_category as 类目, {UNIT},
            case cards.state when 'open' then '未定' when 'found' then '找到（DCI）'
                else '无果（DCO）' end as 追溯结果,
            cards.decided_on as 决定日期
        from quality.traceback as cards {ORGS.format("cards")}
        where coalesce(cards.area_code, $area) = $area and cards.year = $year order by 3, 1
    """,
    "basis": f"""
        select {UNIT}, coalesce(cards.diagnosis_basis, cards.diagnosis_basis_national) as 诊断依据,
            count(*) as 卡数, count(*) filter (cards.has_pathology) as 有病理资料
        from card.tumour as cards {ORGS.format("cards")}
        where cards.area_code = $area and cards.year = $year and cards.is_counted
            and cards.count_base = 'official'
        group by all order by all
    """,
    "icdo3": f"""
        select {UNIT}, count(*) as 卡数, count(cards.topography) as 有部位编码,
            count(cards.morphology) as 有形态学编码, count(cards.behaviour) as 有行为编码
        from card.tumour as cards {ORGS.format("cards")}
        where cards.area_code = $area and cards.year = $year and cards.is_counted
            and cards.count_base = 'official'
        group by all order by all
    """,
    "report_element": """
        select element_no as 序号, element_zh as 要素, document as 文件,
            case when is_present then '有' else '缺' end as 检查结果, reason_zh as 说明
        from quality.report_element
        where area_code = $area and year = $assessed order by 1
    """,
}


def table(
    connection: duckdb.DuckDBPyConnection, name: str, area: str, year: int, assessed: int
) -> pl.DataFrame:
    """The rows of one table.

    Args:
        connection: the published file.
        name: a key of TABLES.
        area: the 6-digit county.
        year: the data year.
        assessed: the 评估年.
    """
    query = TABLES[name]
    given = {"area": area, "year": year, "assessed": assessed}
    found = connection.execute(
        query, {key: value for key, value in given.items() if f"${key}" in query}
    ).pl()
    return found.with_columns(
        pl.col(column).replace(words)
        if words
        else pl.col(column).map_elements(method_zh, return_dtype=pl.String)
        for column, words in SAID.items()
        if column in found.columns
    )


def method_zh(method: str) -> str:
    """How an interval was found, and on what, as `indicator.summary` says it in English."""
    said = []
    for part in method.split("; "):
        year = part.removeprefix("survey_")
        said.append(f"{year}年调查校正" if year != part else METHOD_ZH.get(part, part))
    return "；".join(said)
