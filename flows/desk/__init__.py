"""The county's work book with names: the one place that joins identities back to lists.

`identity` reads them from raw, `sheets` lays them beside the published lists, `workbook` writes and
locks the file, `returned` reads decisions back; `access` keeps who opened identities, why, and of
how many cards.
"""
