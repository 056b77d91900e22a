"""The pages as a browser shows them, from a file and without a network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from flows.dashboard.page import write_pages
from flows.figures.compare import trend
from flows.figures.image import as_svg
from flows.home import Home
from flows.plain import run_plain

PHONE, DESK = 390, 1200


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "the pages are tested in a browser: install chromium"
    with sync_playwright() as player:
        launched = player.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        )  # fmt: skip
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when anything is said on the console or asked of a network."""
    context = browser.new_context(viewport={"width": DESK, "height": 900})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            None if request.url.startswith(("file:", "data:")) else said.append(request.url)
        ),
    )
    yield opened
    context.close()
    assert said == []


def index(home: Home) -> str:
    return (home.reports / "index.html").resolve().as_uri()


def html(home: Home) -> dict[str, str]:
    files = sorted(home.reports.rglob("*.html"))
    return {str(file.relative_to(home.reports)): file.read_text("utf-8") for file in files}


def test_the_score_on_the_page_is_that_of_the_score_table(
    county: Home, page: Page, published: duckdb.DuckDBPyConnection
) -> None:
    page.goto(index(county))
    shown = [
        float(page.locator(f".tiles .{name} b").get_attribute("data-points") or "nan")
        for name in ("done", "wait", "lost")
    ]
    text = [
        float(page.locator(f".tiles .{name} b").inner_text()) for name in ("done", "wait", "lost")
    ]
    kept = published.sql(
        "select sum(points), sum(points_pending), sum(points_lost) from score.item"
        " where year = 2026"
    ).fetchone()
    assert kept is not None
    assert shown == text == [float(part) for part in kept]


def test_the_first_screen_says_what_the_data_cover_and_what_is_due(
    county: Home, page: Page
) -> None:
    page.goto(index(county))
    assert "数据截至 2026-01-31" in page.locator("header.top").inner_text()
    assert re.search(
        r"完整导出至 \d{4}-\d\d-\d\d，已核对撤卡", page.locator("header.top").inner_text()
    )
    assert "未对账" not in page.content()
    assert page.locator(".tiles").bounding_box()["y"] < 400  # type: ignore[index]
    assert page.locator("#tasks .kinds li").count() > 0


def test_every_criterion_has_its_row_with_both_verdicts(
    county: Home, page: Page, published: duckdb.DuckDBPyConnection
) -> None:
    page.goto(index(county))
    rows = page.locator("table.criteria tbody tr:not(.item)")
    kept = published.sql("select count(*) from score.criterion where year = 2026").fetchall()[0][0]
    assert rows.count() == kept > 20
    assert page.locator("table.criteria .mark").count() == 2 * kept


def test_each_drawing_has_a_name_and_a_table_with_the_same_numbers(
    county: Home, page: Page
) -> None:
    page.goto(index(county))
    figures = page.locator("figure:has(svg)")
    assert figures.count() >= 8
    for number in range(figures.count()):
        figure = figures.nth(number)
        assert figure.locator("svg[role=img]").get_attribute("aria-label")
        assert figure.locator("svg text").count() > 3
        assert figure.locator("table tbody tr").count() > 0


def test_drawings_do_not_share_names_inside_one_page(county: Home) -> None:
    names = re.findall(r' id="([^"]+)"', html(county)["index.html"])
    assert len(names) == len(set(names))


def test_an_institution_opens_with_the_list_of_its_findings(
    county: Home, page: Page, published: duckdb.DuckDBPyConnection
) -> None:
    page.goto(index(county))
    link = page.locator("#findings a[href^='org/']").first
    code = Path(link.get_attribute("href") or "").stem
    link.click()
    page.wait_for_url("**/org/*.html")
    kept = published.execute(
        "select finding.card_id, rule.letter_zh from quality.finding as finding"
        " join quality.rule as rule using (rule_id)"
        " where coalesce(finding.assignee_org, finding.org_code) = ?"
        " and finding.channel = 'hospital' and finding.resolved_on is null order by all",
        [code],
    ).fetchall()
    shown = sorted(
        (row.locator("td").nth(0).inner_text(), row.locator("td").nth(3).inner_text())
        for row in page.locator("table.cards tbody tr").all()
    )
    assert kept
    assert shown == sorted(kept)


def test_every_link_of_every_page_leads_somewhere(county: Home) -> None:
    for name, text in html(county).items():
        folder = (county.reports / name).parent
        for target in re.findall(r'href="([^"#][^"]*)"', text):
            if not target.startswith("data:"):
                assert (folder / target.split("#")[0]).exists(), (name, target)
        for anchor in re.findall(r'href="#([^"]+)"', text):
            assert f'id="{anchor}"' in text, (name, anchor)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("part", ["index.html", "org", "town"])
def test_a_phone_never_scrolls_sideways(
    county: Home, browser: Browser, part: str, scheme: str
) -> None:
    file = county.reports / part
    if file.is_dir():
        file = max(file.glob("*.html"), key=lambda one: one.stat().st_size)
    context = browser.new_context(
        viewport={"width": PHONE, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    opened = context.new_page()
    opened.goto(file.resolve().as_uri())
    widths = opened.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    ink, paper = opened.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    context.close()
    assert widths[0] <= widths[1]
    assert contrast(ink, paper) > 10


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast of two rgb() colours."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_an_institution_sees_no_other_unit(
    county: Home, published: duckdb.DuckDBPyConnection
) -> None:
    units = published.sql("select org_code, org_name from reference.institution").fetchall()
    for code, name in units:
        text = (county.reports / "org" / f"{code}.html").read_text("utf-8")
        assert name in text
        for other_code, other_name in units:
            if other_code != code:
                assert other_code not in text
                assert other_name not in text or other_name in name
        for word in ("错误", "不合格", "瞒报", "造假", "批评", "排名", "还差", "再报", "补足"):
            assert word not in text


def test_a_town_page_shows_no_count_below_five(county: Home) -> None:
    for name, text in html(county).items():
        if name.startswith("town/"):
            tables = re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
            for row in re.findall(r"<tr>(.*?)</tr>", "".join(tables), re.DOTALL):
                first = re.findall(r'<td class="n">([^<]*)</td>', row)[0]
                assert first == "＊" or first == "0" or float(first.replace(",", "")) >= 5


def test_text_of_the_inputs_cannot_become_a_tag_and_a_difference_is_told(
    county: Home, tmp_path: Path
) -> None:
    home = copied(county, tmp_path)
    evil = "<script>document.title='x'</script>\"'><img src=x onerror=alert(1)>"
    with duckdb.connect(str(home.published)) as connection:
        connection.execute("update reference.institution set org_name = ?", [evil])
        connection.execute("update reference.area set area_name = ?", [evil])
        connection.execute("update quality.finding set card_id = ?, field = ?", [evil, evil])
        connection.execute("update quality.batch set reason = ?, rejected_rows = 1", [evil])
        connection.execute("update quality.reconciliation set difference = 3")
    write_pages(home)
    for text in html(home).values():
        assert "<script" not in text and "<img" not in text
    first = (home.reports / "index.html").read_text("utf-8")
    assert "&lt;script&gt;" in first
    told = first.partition("未对账")[2].partition("</details>")[0]
    assert "死亡卡" in told and "户籍地区" in told and "death" not in told


def test_an_export_that_waits_is_told_above_everything_and_other_faults_by_the_night(
    county: Home, tmp_path: Path
) -> None:
    home = copied(county, tmp_path)
    with duckdb.connect(str(home.published)) as connection:
        connection.execute(
            "insert into quality.finding (rule_id, card_type, source_file, field, severity,"
            " first_found_on) values"
            " ('file.held_for_lost_column', 'file', 'death_cards.csv', 'audit_status', 'error',"
            " '2026-01-31'), ('file.column_lost', 'file', 'b.csv', 'sex', 'error', '2026-01-30')"
        )
    write_pages(home)
    first = (home.reports / "index.html").read_text("utf-8")
    above, _, below = first.partition("<nav")
    assert "导出未采用，等待确认</strong>：death_cards.csv（2026-01-31 起）" in above
    assert "（审核标志）" in above and "b.csv" not in above
    assert "<td>b.csv</td>" in below.partition('id="night"')[2].partition("</section>")[0]


def test_the_same_published_file_gives_the_same_bytes_and_old_pages_go(
    county: Home, tmp_path: Path
) -> None:
    home = copied(county, tmp_path)
    (home.reports / "org").mkdir()
    (home.reports / "org" / "GONE.html").write_text("old")
    write_pages(home)
    assert html(home) == html(county)
    assert not (home.reports / ".draft").exists()


def copied(county: Home, tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    shutil.copy(county.published, home.published)
    return home


def test_a_county_with_nothing_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    run_plain(home, date(2026, 1, 31))
    text = (home.reports / "index.html").read_text("utf-8")
    assert "尚未收到报告卡" in text and "还没有可评分的整年" in text
    assert "<svg" not in text


def test_figures_are_the_same_twice() -> None:
    frame = pl.DataFrame(
        {"year": [2024, 2025], "series": ["a", "a"], "value": [1.0, 2.0], "low": [0.5, 1.5],
         "high": [2.0, 3.0]}
    )  # fmt: skip
    assert as_svg(trend(frame, "率"), "率") == as_svg(trend(frame, "率"), "率")
