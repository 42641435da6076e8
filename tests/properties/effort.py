"""How many examples a property tries: the same few in every run of CI, many new ones by hand.

ARCHCALC_EXAMPLES=100 pytest tests/properties        # a hundred times as many
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("ARCHCALC_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """Settings for so many examples. Whole networks are large examples, and that is meant."""
    return settings(
        max_examples=count * _TIMES,
        deadline=None,
        derandomize=_TIMES == 1,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
    )
