"""Files that the tests of several commands work on."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import FRACTION, GOOD, VARIANTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "fraction.yaml").write_text(FRACTION)
    (tmp_path / "variants.yaml").write_text(VARIANTS)
    return tmp_path
