"""A marimo notebook on the published file, opened read-only.

`pip install marimo`, then `marimo edit docs/notebook.py`. It is an example; nothing of the
product needs it. The path of the published file is asked for in the first cell.
"""

import marimo

app = marimo.App(width="medium", app_title="监测数据分析示例")


@app.cell
def _():
    import altair as alt
    import duckdb
    import marimo as mo

    return alt, duckdb, mo


@app.cell
def _(mo):
    file = mo.ui.text(value="var/surveillance.duckdb", label="发布库", full_width=True)
    key = mo.ui.text(kind="password", label="发布库密钥（未加密则不填）", full_width=True)
    mo.vstack([file, key])
    return file, key


@app.cell
def _(duckdb, file, key):
    connection = duckdb.connect()
    secret = f", encryption_key '{key.value}'" if key.value else ""
    connection.execute(f"attach '{file.value}' as surveillance (read_only{secret})")
    connection.execute("use surveillance")
    return (connection,)


@app.cell
def _(connection, mo):
    (as_of,) = connection.execute("select as_of from reference.home").fetchone()
    mo.md(f"# 监测数据分析示例\n\n数据截至 **{as_of}**")
    return


@app.cell
def _(mo):
    cards = mo.ui.dropdown(
        options={"死亡": "death", "恶性肿瘤": "tumour", "脑卒中": "stroke", "糖尿病": "diabetes"},
        value="死亡",
        label="事件",
    )
    codes = mo.ui.text(value="", label="ICD-10 范围，如 I60-I69；空为全部")
    mo.hstack([cards, codes])
    return cards, codes


@app.cell
def _(cards, codes, connection, mo):
    # The macros of the published file do the epidemiology.
    yearly = connection.execute(
        "from standardised_rate(?, codes := ?)", [cards.value, codes.value]
    ).pl()
    mo.ui.table(yearly)
    return


@app.cell
def _(alt, cards, codes, connection):
    by_age = connection.execute(
        "from rate_by(age_group, ?, codes := ?)", [cards.value, codes.value]
    ).pl()
    alt.Chart(by_age).mark_line(point=True).encode(
        x=alt.X("分组:N", sort=by_age["分组"].to_list(), title="年龄组"),
        y=alt.Y("率:Q", title="1/10万"),
    )
    return


@app.cell
def _(connection, mo):
    score = connection.execute(
        "select item_no, criterion_no, requirement_zh, value, points, points_max, status, gap_zh"
        " from score.criterion where year = (select max(year) from score.criterion)"
        " order by item_no, criterion_no"
    ).pl()
    mo.ui.table(score)
    return


if __name__ == "__main__":
    app.run()
