"""The pages of `reports/`: static files made from the published file alone."""
