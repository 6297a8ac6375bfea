"""Hypothesis runs bounded: the same examples on each run in CI, fresh ones elsewhere, and no clock in either."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "bounded",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=80,
    # The strategy of any value is deep; how long it takes to draw says nothing about the code under test.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("bounded")
