"""Charts of pages and reports: a frame goes in, a Vega-Lite figure comes out, `image` draws it."""
