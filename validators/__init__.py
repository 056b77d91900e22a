"""What sound cards look like, and the findings on cards that do not.  No I/O but reference data."""
