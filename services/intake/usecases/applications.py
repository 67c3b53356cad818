"""The applicant's commands but for materials, self-assessment and submission. Where both are loaded, the person is
loaded before the application."""

from dataclasses import replace
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain import applications, editions, people, terms
from services.intake.domain.applications import BasicInformation
from services.intake.domain.terms import Rules, check_in_time
from services.intake.store import applications as store
from services.intake.store import people as people_store
from services.intake.store import periods as periods_store
from services.intake.store import terms as terms_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.people import find
from services.intake.usecases.terms import end_renewal


async def start(
    tx: Tx, definitions: Definitions, rules: Rules, application_id: UUID, person_id: UUID, credential: str
) -> Loaded:
    """Begin an application on the open version of a credential, in the period that is open if there are periods."""
    beginning = await store.beginning(tx, definitions, person_id, credential)
    application, events = applications.start(
        application_id=application_id,
        person_id=person_id,
        person_version=beginning.person_version,
        definition=beginning.definition,
        earlier=beginning.earlier,
        now=tx.now,
    )
    term = None
    if rules.by_period:
        term = terms.begin(application, await periods_store.all_of_them(tx), rules, tx.now)
    await store.insert(tx, application, events, otherwise=applications.second_live(beginning.definition))
    if term is not None:
        await terms_store.add(tx, term, terms.next_look(application, term, rules))
    return Loaded(application, beginning.definition, beginning.person_version, tx.now, term=term)


async def begin(
    tx: Tx, definitions: Definitions, rules: Rules, application_id: UUID, person_id: UUID, credential: str
) -> UUID:
    """Begin an application, or find the one that is under way: the same wish twice leads to the same application.

    Where another one is begun at this very moment, it is refused as `start` is, when the work is written.
    """
    live = await store.find_live(tx, person_id, credential)
    if live is not None:
        return live
    return (await start(tx, definitions, rules, application_id, person_id, credential)).application.application_id


async def describe(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    basic: BasicInformation,
    seen: frozenset[str] | None = None,
) -> Loaded:
    """Take the basic information: the person's part goes to the person, all of it stays with the application.

    `seen`: the editions that the person saw of it (`domain.editions`).
    """
    person = await find(tx, person_id)
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    described = people.describe(person, name=basic.name, institution=basic.institution, time_zone=basic.time_zone)
    after, events = applications.describe(loaded.application, basic, person_version=described.version, now=tx.now)
    editions.check(seen, applications.basic_kept(loaded.application), applications.basic_kept(after))
    await people_store.save(tx, person, described)
    await store.save(tx, loaded.application, after, events)
    return replace(loaded, application=after)


async def accept_agreement(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, version: str
) -> Loaded:
    """Accept the agreement of the pinned version."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after, events = applications.accept_agreement(
        loaded.application, version, loaded.definition, person_version=loaded.person_version, now=tx.now
    )
    await store.save(tx, loaded.application, after, events)
    return replace(loaded, application=after)


async def choose_path(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    path: str,
    answer: str | None,
    seen: frozenset[str] | None = None,
) -> Loaded:
    """Choose one of the paths. `seen`: the editions that the person saw of the choice (`domain.editions`)."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after = applications.choose_path(loaded.application, path, answer, loaded.definition)
    editions.check(seen, applications.path_kept(loaded.application), applications.path_kept(after))
    await store.save(tx, loaded.application, after)
    return replace(loaded, application=after)


async def withdraw(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, reason: ObjectClaim | None
) -> Loaded:
    """Give it up."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    after, events = applications.withdraw(loaded.application, reason, now=tx.now)
    await store.save(tx, loaded.application, after, events)
    return await end_renewal(tx, loaded, after)
