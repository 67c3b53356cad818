"""A reviewer cannot find out which badge came from the case that they judged: nothing that they see leads to the
badge's public data."""

import ast
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha1
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import httpx
import pytest

from chassis.database.outbox import unpack_headers
from chassis.kafka.outcome import Record
from contracts.envelope import caused_id
from contracts.event import EVENTS, without_major
from contracts.events.badging import BadgeIssued
from contracts.events.catalog import CredentialPublished
from services.badging.usecases import SIGN_BADGES
from services.notify.usecases import SEND_MAILS
from tests.component.conftest import StartService
from tests.component.notify.relay import TestRelay, running_relay, text_of
from tests.component.review.bench_of_judges import AWARD, Bench, definition
from tests.one_service import OneService

CHECKOUT = Path(__file__).resolve().parents[3]
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
DATES = re.compile(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})")
TOKENS = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[a-zA-Z])[\w-]{10,}|\d{5,}")
KNOWN = frozenset({"charset", "utf-8"})

_VERSION_AND_VARIANT, _VERSION_5 = 0xF << 76 | 0x3 << 62, 0x5 << 76 | 0x2 << 62


class Seen:
    """Everything that somebody was shown, as text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def answer(self, response: httpx.Response) -> httpx.Response:
        self.texts += [f"{name}: {value}" for name, value in response.headers.items()]
        self.texts.append(response.text)
        return response

    def mail(self, mail: EmailMessage) -> None:
        self.texts += [f"{name}: {value}" for name, value in mail.items()] + [text_of(mail), text_of(mail, "html")]

    @property
    def ids(self) -> set[UUID]:
        return {UUID(found) for text in self.texts for found in IDS.findall(text)}

    @property
    def times(self) -> set[datetime]:
        """All times in the texts, without fractions of a second."""
        found = {datetime.fromisoformat(one) for text in self.texts for one in TIMES.findall(text)}
        found |= {parsedate_to_datetime(one) for text in self.texts for one in DATES.findall(text)}
        return {one.astimezone(UTC).replace(microsecond=0) for one in found}

    @property
    def tokens(self) -> set[str]:
        """Long values with digits: hashes, salts, numbers of places. Ids and times are compared separately."""
        return {token for text in self.texts for token in TOKENS.findall(IDS.sub("", TIMES.sub("", text)))} - KNOWN


def words(*folders: str) -> list[str]:
    """Every string of the code that is a single word."""
    given = [CHECKOUT / folder for folder in folders]
    files = [file for folder in given for file in ([folder] if folder.is_file() else folder.rglob("*.py"))]
    constants = (
        node.value for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)
    )
    return sorted({value for value in constants if isinstance(value, str) and re.fullmatch(r"[\w./-]{1,40}", value)})


def by_uuid5(spaces: Iterable[int], names: Iterable[bytes]) -> set[int]:
    """`uuid5` of every pair."""
    names = list(names)
    return {
        int.from_bytes(sha1(space.to_bytes(16) + name, usedforsecurity=False).digest()[:16]) & ~_VERSION_AND_VARIANT
        | _VERSION_5
        for space in spaces
        for name in names
    }


def computed(ids: set[UUID]) -> set[int]:
    """What can be computed from these ids, with the words of our code: by `uuid5` twice over, by `caused_id`, and by
    both."""
    start = {one.int for one in ids}
    texts = [str(one).encode() for one in ids]
    spaces = start | {
        UUID(found).int
        for folder in ("chassis", "services")
        for file in (CHECKOUT / folder).rglob("*.py")
        for found in IDS.findall(file.read_text())
    }
    caused = {
        f"{without_major(kind)}:{key.decode()}:{n}".encode() for kind in EVENTS for key in texts for n in range(3)
    }
    once = by_uuid5(spaces, [*texts, *caused, *(word.encode() for word in words("chassis", "contracts", "services"))])
    judging = words(
        "services/review/domain", "services/review/usecases", "services/badging/domain", "services/badging/usecases.py"
    )
    said = [word.encode() for word in {*judging, "badge", "decision"}]  # as it once was
    return start | once | by_uuid5(by_uuid5(start, said), said)


async def carry(source: OneService, *targets: OneService) -> None:
    """What the relay and Kafka do with `review.cases`."""
    for row in await source.database.pool.fetch("DELETE FROM outbox WHERE topic = 'review.cases' RETURNING *"):
        for target in targets:
            offset = target.offsets.get((row["topic"], 0), 0)
            target.offsets[row["topic"], 0] = offset + 1
            headers = tuple(unpack_headers(row["headers"]))
            await target.deliver_records(
                [Record(row["topic"], 0, offset, 0, row["key"].encode(), row["payload"], headers)]
            )


async def a_case_becomes_a_badge(service: StartService, relay: TestRelay) -> tuple[Seen, Seen, Seen]:
    """What its reviewers were shown, what its chair was, and what the badge shows to everybody."""
    review, badging = (
        await service("review"),
        await service("badging", microcred_public_url="https://badges.example.org"),
    )
    notify = await service("notify", smtp_port=relay.port, smtp_from="no-reply@program.example")
    services = (review, badging, notify)

    def later(**span: float) -> None:
        for one in services:
            one.clock.move(**span)

    bench, seen, chair, public = await Bench.build(review), Seen(), Seen(), Seen()
    for other in (badging, notify):
        await other.deliver(CredentialPublished(version=1, definition=definition()))
        for person in (bench.ann, bench.ben, bench.chair):
            await other.add_person(person)
    later(minutes=7, seconds=1)
    submitted = await bench.submission(await bench.applicant())
    for other in (badging, notify):
        await other.add_person(submitted.person_id)
    await review.deliver(submitted)
    await carry(review, badging, notify)
    later(hours=1, seconds=2)
    await notify.run_job(SEND_MAILS)
    case = await bench.case_of(submitted)
    for who in (bench.ann, bench.ben):
        for method, path, body in (
            ("GET", "/me", None),
            ("GET", "/queue", None),
            ("POST", f"/cases/{case}/declaration", {"conflict": False}),
            ("GET", f"/cases/{case}", None),
            ("GET", f"/cases/{case}/materials/essay", None),
            (
                "PUT",
                f"/cases/{case}/scores",
                {"items": {item: {"level": "demonstrated", "note": "Good."} for item in ("weft", "warp")}},
            ),
            ("POST", f"/cases/{case}/scores/submission", None),
            ("GET", f"/cases/{case}", None),
        ):
            assert seen.answer(await bench.call(method, path, who, body)).is_success
            later(minutes=3, seconds=5)
    await bench.declare(case, bench.chair)
    assert chair.answer(await bench.call("GET", f"/cases/{case}", bench.chair)).is_success
    assert chair.answer(await bench.call("POST", f"/cases/{case}/decision", bench.chair, AWARD)).is_success
    await carry(review, badging, notify)
    later(minutes=2, seconds=3)
    await badging.run_job(SIGN_BADGES)
    await notify.run_job(SEND_MAILS)
    later(minutes=4, seconds=9)
    for who in (bench.ann, bench.ben):
        for path in (f"/cases/{case}", "/queue", "/me"):
            assert seen.answer(await bench.call("GET", path, who)).is_success
    assert chair.answer(await bench.call("GET", f"/cases/{case}", bench.chair)).is_success
    for shown, who in ((seen, bench.ann), (seen, bench.ben), (chair, bench.chair)):
        (mail,) = [one for one in relay.taken if one["To"] == f"{who}@example.org"]
        shown.mail(mail)
    (issued,) = await badging.events(BadgeIssued)
    assert isinstance(issued, BadgeIssued)
    later(days=1, seconds=4)
    for path in (
        f"/badges/{issued.badge_id}.json",
        f"/badges/{issued.badge_id}",
        "/status/revocation-1",
        "/status/suspension-1",
    ):
        assert public.answer(await badging.client.get(path)).is_success
    assert issued.badge_id in public.ids
    return seen, chair, public


async def test_nothing_that_a_reviewer_sees_leads_to_the_badge(service: StartService) -> None:
    async with running_relay() as relay:
        seen, chair, public = await a_case_becomes_a_badge(service, relay)
    assert min(len(seen.ids), len(seen.times), len(public.times), len(public.tokens)) >= 2
    assert seen.times & public.times == set()
    assert seen.tokens & public.tokens == set()
    assert chair.tokens & public.tokens == set()  # the time of the decision is the chair's own
    assert computed(seen.ids | chair.ids) & {one.int for one in public.ids} == set()


@pytest.mark.parametrize("way", ["badge of a decision of a case", "event of an event", "the case itself"])
def test_what_can_be_computed_is_found(way: str) -> None:
    case, event = uuid4(), uuid4()
    made = {
        "badge of a decision of a case": uuid5(uuid5(case, "decision"), "badge"),
        "event of an event": caused_id(event, "review.case.decided.v1", str(case), 1),
        "the case itself": case,
    }
    assert made[way].int in computed({case, event})
    assert uuid4().int not in computed({case, event})


def test_a_time_is_found_however_it_is_written() -> None:
    noon, seen = datetime(2026, 3, 2, 12, 0, tzinfo=UTC), Seen()
    seen.texts = [
        '{"at": "2026-03-02T12:00:00.250Z"}',
        "Date: Mon, 02 Mar 2026 12:00:01 GMT",
        "2026-03-02T14:00:02+02:00",
    ]
    assert seen.times == {noon + timedelta(seconds=n) for n in range(3)}
