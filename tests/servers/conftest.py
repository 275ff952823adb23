"""Tests against a real server, whose URL is in ARGO_TEST_SERVER; without it there are none."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("ARGO_TEST_SERVER") else ["test_*.py"]
