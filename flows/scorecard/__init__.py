"""The score as people read it: on the terminal, as the form a reviewer fills, side by side."""
