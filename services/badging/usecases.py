"""What badging does: project people and definitions, award, issue, erase. Each function takes a transaction and never
commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis import addresses, people
from chassis.database.transaction import Overtaken, Tx
from chassis.kafka.outcome import NotYet
from contracts.envelope import Received
from contracts.events.catalog import CredentialPublished
from contracts.events.people import PersonDescribed, PersonErased
from contracts.events.review import CaseDecided
from services.badging import store
from services.badging.domain import badges, credentials, status_lists
from services.badging.domain.badges import Badge, State, Verdict
from services.badging.domain.issuer import Issuer
from services.badging.domain.status_lists import Place
from services.badging.personal import TABLES

SIGN_BADGES = "sign-badges"
PUBLISH_LISTS = "publish-status-lists"

KEPT = frozenset({"email"})
"""The data about a person that badging keeps beside what a session needs. The address is hashed into the badge."""

_TRIES = 5


@dataclass(frozen=True)
class Draw:
    """Random values, passed as an argument: a badge's id, a salt, and some places in a status list."""

    badge_id: Callable[[], UUID]
    salt: Callable[[], str]
    places: Callable[[], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Signed:
    """A badge's signed bytes, and the message of its decision."""

    badge_id: UUID
    person_id: UUID
    decided: Received
    credential: bytes


async def project_people(tx: Tx, events: Sequence[PersonDescribed]) -> None:
    """Keep the data about people that badging needs."""
    await people.project_all(tx, events, KEPT)


async def erase_person(tx: Tx, event: PersonErased) -> None:
    """Who is erased gets no badge that is not signed yet; issued ones keep their salted hash."""
    await people.project(tx, event, tables=TABLES)
    for badge in await store.unsigned_of(tx, event.person_id):
        after = badges.forget(badge)
        await store.save(tx, badge, after)
        await store.touch_lists(tx, badge.list_number, status_lists.changed(badge.state, after.state))
        tx.wake(PUBLISH_LISTS)


async def project_definition(tx: Tx, event: CredentialPublished) -> None:
    """Keep a credential's definition. Decisions may have waited for it."""
    await store.put_definition(tx, event)
    tx.arrived(_definition_thing(event.definition.slug, event.definition.version))


async def award(tx: Tx, event: CaseDecided, received: Received, issuer: Issuer, draw: Draw) -> None:
    """Make the badge of an awarding decision, complete but unsigned. A job signs it.

    Raises NotYet until the person and the definition are here, credentials.Contradiction if the decision does not fit
    its definition.
    """
    found = await store.situation(tx, event)
    if found is None:
        raise NotYet(f"person/{event.person_id}")
    if found.heard:
        return
    verdict = badges.verdict(found.erased, found.holds)
    if verdict is not Verdict.BADGE:
        await store.record(tx, received, event, verdict)
        return
    definition = found.definition
    if definition is None:
        raise NotYet(_definition_thing(event.credential, event.credential_version))
    earner = credentials.identity(addresses.lowered(found.email), draw.salt())
    badge_id = draw.badge_id()

    def at(place: Place) -> Badge:
        document = credentials.credential(
            issuer,
            definition,
            url=issuer.badge_url(badge_id),
            awarded_at=received.time,
            earner=earner,
            items=event.items,
            status=status_lists.entries(issuer, place),
        )
        return Badge(
            badge_id=badge_id,
            decision_id=event.decision_id,
            person_id=event.person_id,
            application_id=event.application_id,
            achievement=event.credential,
            credential_version=event.credential_version,
            state=State.UNSIGNED,
            version=1,
            awarded_at=received.time,
            created=tx.now,
            list_number=place.number,
            list_index=place.index,
            document=document,
        )

    await store.record(tx, received, event, verdict)
    for _ in range(_TRIES):
        if await store.insert(tx, at(await _free_place(tx, draw))):
            tx.wake(SIGN_BADGES)
            return
    raise Overtaken(f"no free place in a status list after {_TRIES} tries")


async def issue(tx: Tx, signed: Sequence[Signed], issuer: Issuer) -> None:
    """Put in the signatures and say the events. A badge that is not unsigned any more stays as it is, and nothing is
    said twice."""
    await store.lock_earners(tx, {one.person_id for one in signed})
    locked = await store.lock(tx, [one.badge_id for one in signed])
    for one in signed:
        before = locked[one.badge_id]
        after, event = badges.sign(before, one.credential, issuer.badge_url(one.badge_id))
        if event is not None:
            with tx.caused_by(one.decided):
                await store.save(tx, before, after, says=[event])


async def _free_place(tx: Tx, draw: Draw) -> Place:
    place = await store.free_place(tx, draw.places())
    while place is None:
        await store.open_next_lists(tx)
        place = await store.free_place(tx, draw.places())
    return place


def _definition_thing(slug: str, version: int) -> str:
    return f"credential/{slug}/{version}"
