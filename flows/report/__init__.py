"""The annual report as a Word document, from the published tables alone.

`facts` reads the tables once; one module a chapter writes text, tables and figures with `writer`;
`build` puts them in the order of the ten elements; `inspection` reads any .docx back and says which
of the ten it finds.
"""
