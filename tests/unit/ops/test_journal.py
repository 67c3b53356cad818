"""The journal's reading of a record, and the order in which it tells a journey."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dead_letters import LetterHeaders
from contracts.envelope import Envelope, headers
from contracts.event import Event
from contracts.events.applications import ApplicationLapsed
from contracts.events.badging import BadgeIssued
from contracts.events.links import LinkIssued
from contracts.events.people import PersonDescribed, PersonErased
from contracts.topics import TOPICS
from services.ops.domain import journal
from services.ops.domain.journal import Entry

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TAKEN = NOON + timedelta(seconds=3)
TAKEN_MS = int(TAKEN.timestamp() * 1000)
APPLICATION, PERSON, ID, STORY, CAUSE = (UUID(int=n) for n in range(1, 6))
LAPSED = ApplicationLapsed(application_id=APPLICATION, person_id=PERSON, credential="c", credential_version=1)
ISSUED = BadgeIssued(
    badge_id=uuid4(),
    person_id=PERSON,
    application_id=APPLICATION,
    decision_id=uuid4(),
    achievement="a",
    credential_version=1,
    url="https://b.example",
)
LINK = LinkIssued(person_id=PERSON, person_version=1, purpose="sign_in", sealed="x", expires_at=NOON)


def envelope(event: Event) -> Envelope[Event]:
    return Envelope[Event].model_construct(
        id=ID, time=NOON, source="intake", type=event.TYPE, correlation_id=STORY, causation_id=CAUSE, data=event
    )


def read(event: Event, *, with_headers: bool = True) -> Entry:
    sent = envelope(event)
    value = None if event.TOMBSTONE else sent.model_dump_json(serialize_as_any=True).encode()
    return journal.read(
        event.TOPIC.name,
        2,
        40,
        TAKEN_MS,
        event.key.encode(),
        value,
        headers(sent, "build") if with_headers else [],
    )


@pytest.mark.parametrize("with_headers", [True, False])
@pytest.mark.parametrize(
    ("event", "journey"),
    [(LAPSED, APPLICATION), (ISSUED, APPLICATION), (LINK, PERSON)],
    ids=["lapsed", "issued", "link"],
)
def test_headers_and_body_say_the_same(event: Event, journey: UUID, with_headers: bool) -> None:
    value = envelope(event).model_dump_json(serialize_as_any=True).encode()
    assert read(event, with_headers=with_headers) == Entry(
        event.TOPIC.name, 2, 40, NOON, event.TYPE, ID, STORY, CAUSE, journey, event.key, value, TAKEN
    )


def test_of_people_only_place_time_type_and_id_are_kept() -> None:
    person = PersonDescribed(person_id=PERSON, version=1, name="Ann", email="ann@example.org", sessions_valid_from=NOON)
    known = {"published_at": TAKEN}
    described, erased = "intake.person.described.v1", "intake.person.erased.v1"
    assert read(person) == Entry("intake.people", 2, 40, NOON, described, ID, **known)
    assert read(PersonErased(person_id=PERSON)) == Entry("intake.people", 2, 40, NOON, erased, ID, **known)
    assert "Ann" not in repr(read(person, with_headers=False))


def test_a_dead_letter_of_a_badge_belongs_to_the_application_in_its_body() -> None:
    marks = LetterHeaders(message_id=ID, consumer="intake", topic="badging.badges", partition=0, offset=7, at=NOON)
    sent = envelope(ISSUED)
    value = sent.model_dump_json(serialize_as_any=True).encode()
    found = journal.read("dlq.intake", 0, 1, 0, ISSUED.key.encode(), value, [*headers(sent, "b"), *marks.encode()])
    assert (found.type, found.id, found.journey_id, found.key) == (ISSUED.TYPE, ID, APPLICATION, str(PERSON))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"data": 7, "id": 3, "type": {}}',
        b'{"id": "x", "time": "yesterday"}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_nobody_understands_is_kept_all_the_same(value: bytes) -> None:
    found = journal.read("payments.fees", 0, 0, 1_772_452_800_000, str(APPLICATION).encode(), value, [])
    assert found == Entry(
        "payments.fees",
        0,
        0,
        NOON,
        None,
        None,
        journey_id=APPLICATION,
        key=str(APPLICATION),
        value=value,
        published_at=NOON,
    )


@given(
    topic=st.sampled_from([*sorted(TOPICS), "foreign"]),
    timestamp=st.integers(-(2**63), 2**63 - 1),
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
    pairs=st.lists(
        st.tuples(st.sampled_from(["id", "type", "time", "correlation_id", "causation_id", "other"]), st.binary())
    ),
)
def test_no_record_fails_and_all_texts_can_be_stored(
    topic: str, timestamp: int, key: bytes | None, value: bytes | None, pairs: list[tuple[str, bytes]]
) -> None:
    found = journal.read(topic, 0, 0, timestamp, key, value, pairs)
    assert found.time.tzinfo is UTC
    for text in (found.type, found.key):
        assert text is None or "\x00" not in text


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-02T12:00:00", "soon"]
)
def test_a_time_that_cannot_be_is_kafka_s(time: str) -> None:
    assert journal.read("payments.fees", 0, 0, 1_772_452_800_000, None, b"", [("time", time.encode())]).time == NOON


def entry(name: str, *, minute: int, cause: str | None = None, topic: str = "t", offset: int = 0) -> Entry:
    return Entry(
        topic,
        0,
        offset,
        NOON + timedelta(minutes=minute),
        name,
        _id(name),
        causation_id=None if cause is None else _id(cause),
    )


def _id(name: str) -> UUID:
    return UUID(bytes=name.encode().ljust(16))


def test_what_caused_something_stands_before_it_whatever_the_clocks_say() -> None:
    started, paid, opened, mailed = (
        entry("started", minute=0),
        entry("paid", minute=9, cause="started"),
        entry("opened", minute=5, cause="paid"),
        entry("mailed", minute=4, cause="opened"),
    )
    for given_order in permutations([started, paid, opened, mailed]):
        assert journal.by_cause(given_order) == [started, paid, opened, mailed]


def test_without_a_cause_time_decides_and_then_the_place() -> None:
    a, b, c = entry("a", minute=1), entry("b", minute=2, offset=1), entry("c", minute=2, offset=2)
    late = entry("late", minute=3, cause="elsewhere")
    for given_order in permutations([a, b, c, late]):
        assert journal.by_cause(given_order) == [a, b, c, late]


def test_a_dead_letter_stands_after_its_record_and_before_what_came_later() -> None:
    record = entry("record", minute=3)
    copy = entry("record", minute=3, topic="dlq.intake")
    settled = entry("record", minute=3, topic="dlq.intake", offset=1)
    later = entry("later", minute=4, cause="record")
    for given_order in permutations([record, copy, settled, later]):
        assert journal.by_cause(given_order) == [record, copy, settled, later]


def test_circles_of_causes_are_shown_too() -> None:
    a, b, c = entry("a", minute=0, cause="b"), entry("b", minute=1, cause="a"), entry("c", minute=2, cause="c")
    assert journal.by_cause([c, b, a]) == [c, a, b]
    assert journal.by_cause([]) == []
