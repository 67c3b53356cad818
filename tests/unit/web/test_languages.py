"""A person's way of reading: language, zone, times, money, numbers."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from web.languages import Reader, as_time, preferred, supported, zone_of

THEN = datetime(2027, 3, 12, 22, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("es", "es"), ("es-MX", "es"), ("ES_419", "es"), ("en-GB", "en"), ("de", None), ("", None), ("*", None)],
)
def test_the_language_that_is_asked_for(wanted: str, found: str | None) -> None:
    assert supported(wanted) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("de,en;q=0.3,es;q=0.7", "es"),
        ("en;q=0,es;q=0.1", "es"),
        ("en,es", "en"),
        ("de, fr", None),
        ("es;q=0", None),
        ("es;q=nonsense", None),
        ("", None),
        (",;q=,,", None),
        ("x" * 5000 + ",es", None),
    ],
)
def test_the_language_that_a_browser_prefers(header: str, found: str | None) -> None:
    assert preferred(header) == found


def test_times_in_the_readers_zone_and_language() -> None:
    english, spanish = Reader("en", NEW_YORK), Reader("es", ZoneInfo("Europe/Madrid"))
    assert english.moment(THEN).replace("\u202f", " ") == "Friday, March 12, 2027, 5:00 PM EST"
    assert spanish.moment(THEN) == "viernes, 12 de marzo de 2027, 23:00 CET"
    assert english.day(THEN) == "March 12, 2027"
    assert Reader("en", ZoneInfo("Asia/Tokyo")).day(THEN) == "March 13, 2027"
    assert english.day(date(2027, 3, 12)) == "March 12, 2027"
    assert english.brief(THEN, datetime(2027, 1, 1, 12, tzinfo=UTC)).replace("\u202f", " ") == "Mar 12, 5:00 PM"
    assert english.brief(THEN, datetime(2028, 6, 1, tzinfo=UTC)).replace("\u202f", " ") == "Mar 12, 2027, 5:00 PM"
    assert english.ago(datetime(2027, 3, 12, 21, 58, tzinfo=UTC), THEN) == "2 minutes ago"


def test_money_numbers_lists_sizes() -> None:
    english, spanish = Reader("en"), Reader("es")
    assert (english.money(6000, "usd"), english.money(6000, "jpy")) == ("$60.00", "¥6,000")
    assert spanish.money(6000, "usd").replace("\xa0", " ") == "60,00 US$"
    assert (english.number(1042), english.listed(["a", "b", "c"]), english.listed(["a", "b"], "or")) == (
        "1,042",
        "a, b, and c",
        "a or b",
    )
    assert spanish.listed(["a", "b", "c"]) == "a, b y c"
    assert [english.size(size) for size in (0, 1, 900, 24_900_000)] == ["0 bytes", "1 byte", "900 bytes", "24.9 MB"]


def test_a_zone_that_nobody_knows_is_utc() -> None:
    assert [zone_of(name) for name in ("America/New_York", "Mars/Olympus", "", "../etc/passwd", "a\x00")] == [
        NEW_YORK,
        *[ZoneInfo("UTC")] * 4,
    ]


def test_a_time_is_there_for_machines_too() -> None:
    shown = as_time(THEN.astimezone(NEW_YORK), "<now>")
    assert shown == '<time datetime="2027-03-12T22:00:00Z">&lt;now&gt;</time>'
