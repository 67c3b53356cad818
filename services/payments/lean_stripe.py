"""The stripe library without HTTP libraries that are not used here: `from services.payments.lean_stripe import stripe`.

When it is imported, it imports `requests` and `httpx` to see whether they are installed, which costs 7 MB of memory. We
use it with aiohttp.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _as_if_not_installed(*names: str) -> Iterator[None]:
    before = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None: the import system raises ImportError
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)


with _as_if_not_installed("requests", "httpx"):
    import stripe

__all__ = ["stripe"]
