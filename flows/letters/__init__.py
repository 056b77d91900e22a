"""Letters to institutions: what to verify, how it gets there, and how the answers come back."""
