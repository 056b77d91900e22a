"""The cancer registry's own work: primaries, trace-back of deaths, indicators, submission."""
