"""An assessor's list of names against the cards: reported or not, which card, in time or not."""
