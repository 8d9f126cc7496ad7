"""Where the shared data lies: `CURIEBREAK_SHARED`, or the folder `shared` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path:
    return Path(os.environ.get("CURIEBREAK_SHARED", ROOT.parent / "shared"))
