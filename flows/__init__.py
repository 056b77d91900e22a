"""The steps of the night and the commands around them."""

import os

# Read by polars and Arrow when they are loaded. By themselves both give freed memory back at once
# and ask for it again: of the million cards' night that takes a twentieth.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:0")
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "10000")
# DuckDB asks Arrow for columns of a table. Where polars has not placed them as Arrow likes them
# best, it copies them, and need not tell the operator of it.
os.environ.setdefault("ACERO_ALIGNMENT_HANDLING", "reallocate")
