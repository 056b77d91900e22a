"""Lists of cases that reviews, surveys and other offices bring, against the cards.

`match` says of every listed case which card reports it, `classes` what a worklist's row is,
`faults` what is wrong with a whole list; `underreporting` and `capture` make the published tables.
"""
