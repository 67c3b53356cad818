"""The browser and system of a session, in words. They are only rough, because they are what a browser says of
itself."""

from dataclasses import dataclass
from datetime import datetime

# The first match counts: Edge and Opera name Chrome too, and Chrome names Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_LOOKED_AT = 1000
"""The characters of a `User-Agent` that are looked at."""


@dataclass(frozen=True, slots=True)
class Client:
    """The browser and system of a sign-in. Empty if the browser did not say."""

    browser: str = ""
    system: str = ""


UNTOLD = Client()


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is neither void nor over."""

    began_at: datetime
    client: Client


def client_of(user_agent: str) -> Client:
    """The browser and system in a `User-Agent` (RFC 9110, 10.1.5): `Firefox` and `Linux`. The text itself is not
    kept."""
    text = user_agent[:_LOOKED_AT]
    return Client(*(next((name for mark, name in names if mark in text), "") for names in (_BROWSERS, _SYSTEMS)))
