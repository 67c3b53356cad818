"""Tests that only use a running system. All of this folder, and of the folders below, share one system, one test after
the other (`conftest.py`)."""
