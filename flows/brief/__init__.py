"""The two-page brief (通报) of a month or quarter: every unit, in the order of their names."""
