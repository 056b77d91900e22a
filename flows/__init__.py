"""The steps of the night and the commands around them."""

import os

# Read by polars when it is loaded. By itself it gives freed memory back within a second and asks
# for it again: of the million cards' night that takes a twentieth.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:0")
# DuckDB asks Arrow for columns of a table. Where polars has not placed them as Arrow likes them
# best, it copies them, and need not tell the operator of it.
os.environ.setdefault("ACERO_ALIGNMENT_HANDLING", "reallocate")
