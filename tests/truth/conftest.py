"""Asserts of the modules that account for the table explain themselves, as those of tests do."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("systems", "truth_reading")
