"""What holds for every test."""

import logging

from hypothesis import settings

# Prefect's temporary server says goodbye on a stream that the test runner has closed by then.
logging.raiseExceptions = False
# How long an example takes says how busy the machine is, not whether the claim holds.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
