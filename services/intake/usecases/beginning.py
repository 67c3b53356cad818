"""The beginning of an application: a first one, or a new attempt after not_yet."""

from dataclasses import replace
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import beginning, clock, terms
from services.intake.domain.terms import Rules
from services.intake.store import beginning as store
from services.intake.store import periods as periods_store
from services.intake.store import terms as terms_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions


async def start(
    tx: Tx, definitions: Definitions, rules: Rules, application_id: UUID, person_id: UUID, credential: str
) -> Loaded:
    """Begin an application on the open version of a credential. If there are periods, it belongs to the open period."""
    found = await store.beginning(tx, definitions, person_id, credential)
    application, events = beginning.start(
        application_id=application_id,
        person_id=person_id,
        person_version=found.person_version,
        definition=found.definition,
        earlier=found.earlier,
        now=tx.now,
    )
    term = None
    if rules.by_period:
        term = terms.begin(application, await periods_store.all_of_them(tx), rules, tx.now)
    await store.insert(tx, application, events, otherwise=beginning.second_live(found.definition))
    if term is not None:
        await terms_store.add(tx, term, clock.next_look(application, term, rules))
    loaded = Loaded(application, found.definition, found.person_version, tx.now, term=term)
    if found.earlier is None:
        return loaded
    before, taken = found.earlier, beginning.carried(found.earlier, found.definition)
    items = [item.key for item in found.definition.items]
    await store.take_over(tx, application, before.application.application_id, taken, items)
    kept = tuple(
        replace(one, items=tuple(item for item in one.items if item in items))
        for one in before.handed
        if one.requirement in taken
    )
    return replace(loaded, handed=kept, earlier=before.application)


async def begin(
    tx: Tx, definitions: Definitions, rules: Rules, application_id: UUID, person_id: UUID, credential: str
) -> UUID:
    """Begin an application, or find the live one: a second click leads to the same application.

    If another one begins at this moment, the writing is refused as in `start`.
    """
    live = await store.find_live(tx, person_id, credential)
    if live is not None:
        return live
    return (await start(tx, definitions, rules, application_id, person_id, credential)).application.application_id
