"""The shelf: every received row is typed, placed and judged once, and read back every later night.

A sheet never changes and neither does what its rows say, so what typing, placing and judging made
of them is kept under `<home>/shelf/<fingerprint>/`, encrypted like raw. The fingerprint names
everything else the result hangs on (code, reference tables, layouts, institutions, settings); where
it differs, everything is made again. A shelf can be deleted at any time: raw is the truth.

Three kinds of files a sheet: `sight`, every row with the card it shows and where its content
stands; `content`, the typed rows whose content no earlier sheet had; `verdict`, what the rules say
of each content. Nightly exports mostly repeat what is known, so most sheets have little content,
and their sightings are folded into a row a card.
"""
