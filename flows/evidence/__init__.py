"""What reviewers ask for at each criterion: made where it can be made, listed where it is missing.

`checklist` is the list (`reference/evidence_checklist.csv`), `tables` what the published file can
show, `build` the folder with its index and gaps.
"""
