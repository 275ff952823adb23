"""The app with a scripted engine, for looking at: `python -m tests.demo_app [pace]`.

Not a test. Nothing is loaded, nothing is written.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from argo_tui.app import ArgoApp
from engine.layers import load
from engine.paths import Home
from tests.scripted import ScriptedEngine, scripted_parts

if __name__ == "__main__":
    speed = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    base = Path("/tmp/argo-demo")
    home = Home(base / "config", base / "data", base / "cache")
    parts = scripted_parts(
        home, engine=ScriptedEngine(pace=speed), load_s=1.5, clock=time.monotonic
    )
    ArgoApp(load(home, environment={}), home, parts).run()
