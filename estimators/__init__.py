"""The statistics: pure functions on arrays and frames, no I/O, no SQL."""
