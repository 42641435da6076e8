"""A playground that was built: `ARCHCALC_PLAYGROUND` names the folder with `site` and `playground.html`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BUILT = Path(os.environ.get("ARCHCALC_PLAYGROUND", ""))
needs_built = pytest.mark.skipif(
    not (BUILT / "site" / "index.html").is_file() or not (BUILT / "playground.html").is_file(),
    reason="no playground was built: ARCHCALC_PLAYGROUND names none (archcalc play --static, --one-file)",
)
