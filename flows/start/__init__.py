"""The first day of a home: questions, settings, templates."""
