"""Checks of paths that come from a browser, before a redirect leads to them."""

import re
from urllib.parse import unquote

_BEGIN = re.compile(r"/credentials/([^/?]+)/begin")


def ours(path: str) -> str | None:
    """The path, if it can only lead to one of our own pages. None for anything that a browser may take for another
    address."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 2000:
        return None
    return path if all(letter.isprintable() and letter not in '\\"<>' for letter in path) else None


def begun_by(path: str) -> str | None:
    """The slug of the credential for which this path of ours begins an application; None for any other path."""
    found = _BEGIN.fullmatch(path)
    slug = "" if found is None else unquote(found[1])
    return slug if slug and slug.isprintable() else None
