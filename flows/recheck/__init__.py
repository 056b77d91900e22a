"""质量复核: each year some inpatient cards of every larger hospital against their records.

`draw` chooses cards and keeps the choice, `sheet` writes what to fetch, `analyse` compares what
came back with what the cards said on the day of the draw.
"""
