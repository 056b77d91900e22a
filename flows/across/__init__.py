"""What cards of one person say beside each other: deaths without a case, dates that disagree."""
