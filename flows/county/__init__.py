"""One published file a county, of a home that holds several: a true subset of the whole file.

`reference/county_table.csv` says of each table which columns decide that a row is a county's; a
table it does not name is decided by its `area_code`, else its `org_code`, and one that has neither
stops the night's tests. A row of another county is in no county's file. What a row says of a card
that is not in the file is emptied (`blanked`), so that nothing points outside.
"""
