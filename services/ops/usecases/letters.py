"""Ask consumers to take dead letters again, or to give them up."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from services.ops.domain import letters
from services.ops.domain.letters import Group, Letter, State
from services.ops.store import letters as store

MOST_LETTERS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of dead letters: by their ids, or all filed ones that fit the filter (None fits everything)."""

    ids: tuple[UUID, ...] | None = None
    consumer: str | None = None
    topic: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """What was (or would be) asked of consumers. `settled`: chosen letters that are already settled, so nothing is
    asked for them."""

    groups: tuple[Group, ...]
    settled: tuple[UUID, ...]


async def redrive(tx: Tx, operator: UUID, choice: Choice, *, dry_run: bool) -> Requested:
    """Ask consumers to take dead letters again: the chosen ones and all earlier letters of their keys, because a later
    letter may depend on an earlier one.

    Asking twice is harmless: a consumer takes a letter once. Raises NotThere. A filter takes the first 10,000
    letters that fit.
    """
    chosen, settled = await _choose(tx, choice)
    groups = letters.grouped(await store.lock_up_to(tx, [letter.id for letter in chosen]))
    if not dry_run:
        await store.lock_keys(tx, [group.key for group in groups])
        for group in groups:
            await _note(tx, "redrive", operator, group)
            for event in group.redrives():
                await tx.emit(event)
    return Requested(tuple(groups), settled)


async def discard(tx: Tx, operator: UUID, ids: tuple[UUID, ...], reason: str, *, dry_run: bool = False) -> Requested:
    """Ask consumers to give these letters up, and no others. The reason stays here. Raises NotThere."""
    chosen, _ = await _choose(tx, Choice(ids=ids))
    locked = (await store.lock_letters(tx, [letter.id for letter in chosen])).values()
    groups = letters.grouped([letter for letter in locked if letter.state is State.FILED])
    asked = {letter.id for group in groups for letter in group.letters}
    settled = tuple(letter_id for letter_id in dict.fromkeys(ids) if letter_id not in asked)
    if not dry_run:
        await store.lock_keys(tx, [group.key for group in groups])
        for group in groups:
            await _note(tx, "discard", operator, group, reason)
            for event in group.discards():
                await tx.emit(event)
    return Requested(tuple(groups), settled)


async def _choose(tx: Tx, choice: Choice) -> tuple[list[Letter], tuple[UUID, ...]]:
    if choice.ids is None:
        return await store.filed_letters(tx, choice.consumer, choice.topic, choice.key, MOST_LETTERS_AT_ONCE), ()
    known = await store.find_letters(tx, choice.ids)
    if missing := [letter_id for letter_id in choice.ids if letter_id not in known]:
        raise letters.no_such(missing)
    settled = tuple(letter_id for letter_id in dict.fromkeys(choice.ids) if known[letter_id].state is not State.FILED)
    return [letter for letter in known.values() if letter.state is State.FILED], settled


async def _note(tx: Tx, kind: str, operator: UUID, group: Group, reason: str = "") -> None:
    await store.ask(tx, [letter.id for letter in group.letters], kind)
    message_ids = [letter.message_id for letter in group.letters]
    await store.note_request(
        tx,
        kind,
        operator,
        consumer=group.consumer,
        topic=group.topic,
        key=group.key,
        message_ids=message_ids,
        reason=reason,
    )
