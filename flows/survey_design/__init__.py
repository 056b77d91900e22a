"""Under-reporting surveys of item 20: plan, forms, analysis, hospital review, due date.

`draw` and `weight` hold the design, `plan` puts a plan together, `plan_document` writes it,
`form_book` and `form_document` print what goes to the field, `answer` reads what came back,
`analyse` estimates and `report` writes. Everything written is 草稿 until a person issues it.
"""
