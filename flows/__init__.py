"""The steps of the night and the commands around them."""
