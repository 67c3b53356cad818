"""The folders of the devstack: its cache (one per user, shared by checkouts) and its state (one per checkout)."""

import os
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for downloads and other files that are made once: `MICROCRED_CACHE`, else the user's cache folder. It
    may not exist yet."""
    if override := environ.get("MICROCRED_CACHE"):
        return Path(override).expanduser().resolve()
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
    return Path(base) / "microcred"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the running stack (data, keys, logs, addresses): `MICROCRED_STATE`, else `.microcred` in the
    checkout."""
    if override := environ.get("MICROCRED_STATE"):
        return Path(override).expanduser().resolve()
    return CHECKOUT / ".microcred"
