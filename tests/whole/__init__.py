"""Tests that only use a running system: all of this folder, and of those below it, share one, one test after the other
(`conftest.py`)."""
