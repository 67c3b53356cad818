"""Moves of applications to another version of their credential, to the program's staff."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition
from services.intake.domain.left_behind import is_left
from services.intake.store.moves import MOST_COUNTED
from services.intake.store.moves import Move as Kept
from services.intake.usecases.moves import Preview as Seen
from services.intake.views import Maybe, View


class Missing(View):
    """A thing that an application lacks before its submission: a requirement by key, `path`, or `agreement`."""

    field: str
    what: str


class Outcome(View):
    """The effect of a move on one application: requirements that are kept (keys of the new version), left behind (keys
    of the old one), and what is missing then. `letters_kept`, `letters_left`: the same for requested letters. All
    entries of the study plan stay; `plan_loosened` of them lose the name of an item or of a resource."""

    application_id: UUID
    state: str
    kept: Sequence[str]
    left: Sequence[str]
    missing: Sequence[Missing]
    letters_kept: Sequence[str]
    letters_left: Sequence[str]
    plan: int
    plan_loosened: int


class Total(View):
    """The totals of a requirement: how many of the applications keep something for it, or (of the old version) leave it
    behind."""

    requirement: str
    name: str
    number: int


class Preview(View):
    """What a move would do. `applications` counts those that can be moved, by state; `more`: there are more than were
    counted. `kept` has the totals of each requirement of the new version, `missing` how many applications have nothing
    for one, `left` what is left behind. `letters_kept`, `letters_left`: requested letters. `plan`: the entries of all
    study plans, which stay; `plan_loosened`: those that lose the name of an item or of a resource."""

    slug: str
    from_version: int
    to_version: int
    requirements: Mapping[str, str]
    items: Mapping[str, str]
    applications: Mapping[str, int]
    more: bool
    new_agreement: bool
    kept: Sequence[Total]
    missing: Sequence[Total]
    left: Sequence[Total]
    letters_kept: Sequence[Total]
    letters_left: Sequence[Total]
    plan: int
    plan_loosened: int
    outcomes: Sequence[Outcome]
    next: str | None = None


class HeldBack(View):
    """An application that stayed, or could not be moved back, with the reasons: requirements, or a state."""

    application_id: UUID
    state: str
    why: Sequence[str]


class Move(View):
    """A move and its progress. `counts` by state: waiting, moved, stayed; undoing, undone, kept (something came since,
    so it was not moved back)."""

    move_id: UUID
    slug: str
    from_version: int
    to_version: int
    requirements: Mapping[str, str]
    items: Mapping[str, str]
    reason: str
    actor: UUID
    name: Maybe[str] = None
    at: datetime
    undone_at: Maybe[datetime] = None
    counts: Mapping[str, int]
    held_back: Sequence[HeldBack]

    @property
    def number(self) -> int:
        """The number of its applications."""
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """The number that still wait."""
        return self.counts.get("waiting", 0) + self.counts.get("undoing", 0)


def preview(seen: Seen) -> Preview:
    """What a move would do."""
    plan, handed, asked = seen.plan, seen.totals.handed, seen.beside.letters
    number = min(seen.totals.applications, MOST_COUNTED)
    there = {to: handed.get(key, 0) for key, to in plan.requirements.items()}
    return Preview(
        slug=seen.after.slug,
        from_version=seen.before.version,
        to_version=seen.after.version,
        requirements=plan.requirements,
        items=plan.items,
        applications=seen.totals.states,
        more=seen.totals.applications > MOST_COUNTED,
        new_agreement=seen.before.agreement.version != seen.after.agreement.version,
        kept=_totals(seen.after, {key: number for key, number in there.items() if number}),
        missing=_totals(
            seen.after,
            {
                one.key: number - there.get(one.key, 0)
                for one in seen.after.requirements
                if one.required and one.due == "before_submission" and number > there.get(one.key, 0)
            },
        ),
        left=_totals(
            seen.before,
            {key: count for key, count in handed.items() if key not in plan.requirements and not is_left(key)},
        ),
        letters_kept=_totals(seen.after, {to: asked[key] for key, to in plan.requirements.items() if asked.get(key)}),
        letters_left=_totals(
            seen.before,
            {
                one.key: asked[one.key]
                for one in seen.before.requirements
                if one.key in asked and one.key not in plan.requirements
            },
        ),
        plan=seen.beside.plan,
        plan_loosened=seen.beside.plan_loosened,
        outcomes=[
            Outcome(
                application_id=one.application.application_id,
                state=one.application.state.value,
                kept=found.kept,
                left=found.left,
                missing=[Missing(field=fault.field, what=str(fault.text)) for fault in found.missing],
                letters_kept=found.letters_kept,
                letters_left=found.letters_left,
                plan=found.plan,
                plan_loosened=found.plan_loosened,
            )
            for one, found in seen.outcomes
        ],
        next=None if seen.next is None else str(seen.next),
    )


def move(found: Kept, held_back: Sequence[tuple[UUID, str, Sequence[str]]]) -> Move:
    """A move."""
    return Move(
        move_id=found.move_id,
        slug=found.slug,
        from_version=found.from_version,
        to_version=found.to_version,
        requirements=found.plan.requirements,
        items=found.plan.items,
        reason=found.reason,
        actor=found.actor,
        name=found.name or found.email or None,
        at=found.at,
        undone_at=found.undone_at,
        counts=found.counts,
        held_back=[HeldBack(application_id=number, state=state, why=why) for number, state, why in held_back],
    )


def _totals(definition: CredentialDefinition, numbers: Mapping[str, int]) -> Sequence[Total]:
    names = {one.key: one.name for one in definition.requirements}
    return [Total(requirement=key, name=names.get(key, key), number=number) for key, number in numbers.items()]
