"""Write everything of a drawn plan and say what was written."""

from __future__ import annotations

from pathlib import Path

from flows.survey_design.evidence import HINT_ZH, PLAN, propose
from flows.survey_design.form_book import write_frame_book
from flows.survey_design.plan import Drawn, needs_everybody, write_drawn
from flows.survey_design.plan_document import EVERYBODY_ZH, promise_zh, write_plan_document


def written(drawn: Drawn, folder: Path) -> list[str]:
    """Write a plan: plan.toml, sample.csv, plan.docx, and the frame to fill or the evidence.

    Returns:
        What to say on the terminal.
    """
    plan, sample = drawn.plan, drawn.sample
    folder.mkdir(parents=True, exist_ok=True)
    write_drawn(drawn, folder)
    document = write_plan_document(plan, sample, folder)
    lines = [
        f"调查 {plan.survey_id}：种子 {plan.seed}，应查到 {plan.required_cases} 例",
        f"已写出 {document}",
    ]
    if needs_everybody(plan):
        lines.append(EVERYBODY_ZH)
    if plan.stage == "towns":
        book = write_frame_book(plan, sample, folder)
        return [
            *lines,
            f"已抽取 {sample.height} 个乡镇。请填写 {book}（抽中乡镇的全部村居和户数），再运行",
            f"  zhikong survey plan --frame {book.name} -o {folder}",
        ]
    title = f"{plan.area_name}{plan.year}年居民病伤漏报调查方案"
    file = propose(folder, "plan", plan.made_on.year, plan.area_code, [(PLAN, title, document)])
    lines.append(
        f"已抽取 {sample['town_code'].n_unique()} 个乡镇、{sample.height} 个村（居）、"
        f"{int(sample['drawn_households'].sum())} 户"
    )
    if plan.promised_percent is not None:
        lines.append(promise_zh(plan))
    return [*lines, HINT_ZH.format(file=file.name)]
