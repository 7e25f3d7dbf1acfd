"""The door opens quickly: what judges tokens is imported when the first token comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import sys
import function_app
import shared.identity.entra, shared.identity.published_keys, shared.services.access.identify, shared.wiring.access
print(sorted({"jwt", "httpx", "pydantic", "cryptography"} & set(sys.modules)))
"""


def test_no_heavy_library_comes_with_the_door() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = done.stdout.strip()
    assert not {"jwt", "httpx", "pydantic"} & set(heavy.strip("[]").replace("'", "").split(", ")), heavy
