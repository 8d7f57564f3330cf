"""`python -m msgflo_lab.msgflo_python FILE.py ROLE`: what the script `msgflo-python` does."""

from __future__ import annotations

import sys

from .program import script

sys.exit(script())
