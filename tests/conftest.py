"""Prefect's temporary server says goodbye on a stream that the test runner has closed by then."""

import logging

logging.raiseExceptions = False
