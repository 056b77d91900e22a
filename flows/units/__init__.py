"""Hand-written figures: does the unit of a rate fit its count and its population?"""
