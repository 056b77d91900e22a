"""Charts of pages and reports: a frame goes in, an altair chart comes out, `image` draws it."""
