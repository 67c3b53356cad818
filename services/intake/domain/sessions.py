"""Where somebody is signed in, in words: which browser, on which system. Roughly, for it is what a browser says of
itself."""

from dataclasses import dataclass
from datetime import datetime

# The first that is named counts: Edge and Opera name Chrome too, and Chrome names Safari.
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
"""Characters of a `User-Agent`; what comes after is not looked at."""


@dataclass(frozen=True, slots=True)
class Client:
    """What somebody signed in with. Empty is what it did not say."""

    browser: str = ""
    system: str = ""


UNTOLD = Client()


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was begun and is neither void nor over."""

    began_at: datetime
    client: Client


def client_of(user_agent: str) -> Client:
    """What a `User-Agent` (RFC 9110, 10.1.5) says: `Firefox` and `Linux`. Nothing of its own text is kept."""
    text = user_agent[:_LOOKED_AT]
    return Client(*(next((name for mark, name in names if mark in text), "") for names in (_BROWSERS, _SYSTEMS)))
