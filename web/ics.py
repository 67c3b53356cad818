"""Calendar files (iCalendar, RFC 5545) of a few meetings: calendars that take one again change what they have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting. Its id never changes; `sequence` grows with each change of it. `url`: where to read of it; `place`:
    where it is held, empty where that is not told here."""

    meeting_id: UUID
    starts_at: datetime
    minutes: int
    title: str
    sequence: int
    cancelled: bool
    url: str = ""
    place: str = ""


def calendar(name: str, zone: ZoneInfo, meetings: Iterable[Meeting], public_url: str, now: datetime) -> bytes:
    """All meetings as one calendar file. Times are those of `zone`, whose rules for daylight saving are in it.

    `public_url` gives the meetings' ids their ending; `now` is when the file was made.
    """
    host = urlsplit(public_url).hostname or "localhost"
    found = Calendar()
    found.add("prodid", "-//microcred//cohorts//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    for meeting in meetings:
        event = Event()
        event.add("uid", f"{meeting.meeting_id}@{host}")
        event.add("dtstamp", now)
        event.add("sequence", meeting.sequence)
        event.add("summary", f"{name}: {meeting.title}")
        start = meeting.starts_at.astimezone(zone)
        event.add("dtstart", start)
        # Minutes pass as they do everywhere, also over a change of the clocks.
        event.add("dtend", (meeting.starts_at + timedelta(minutes=meeting.minutes)).astimezone(zone))
        event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
        if meeting.url:
            event.add("url", meeting.url)
        if meeting.place:
            event.add("location", meeting.place)
        found.add_component(event)
    found.add_missing_timezones()
    made: bytes = found.to_ical()
    return made
