"""Messages of the provincial platform: cards out, cards in, and what was sent and answered."""
