"""What was published each night, and which cards made it different from the night before.

Three things are kept of every real night, as intervals (a row from the night it began to the night
it ended, so that a night costs what changed in it): the published values (`state.indicator_value`),
of every card how it counted (`state.card_trace`), and what the night ran with
(`state.night_basis`). `quality.change` and `indicator.history` are published from them.
"""
