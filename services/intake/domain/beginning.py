"""The beginning of an application: a first one, or a new attempt after a decision `not_yet`.

A person who applies again begins with the known parts of the earlier attempt: the answers, the ratings, the materials,
and the agreement if its version is the same. Letters of third parties are not carried over, because they were written
for the earlier attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition, Requirement
from contracts.events.applications import ApplicationStarted, CarriedItem
from contracts.refusals import NotThere, Refused, Text, WrongState
from services.intake.domain import materials
from services.intake.domain.applications import Application, Change, Moment, complete
from services.intake.domain.materials import Handed

CLOSED = {
    "planned": Text("planned"),
    "announced": Text("announced"),
    "paused": Text("paused"),
    "retired": Text("retired"),
}
"""The words for states in which a credential is not open."""

SECOND_LIVE = "second_live_application"
"""The type of the refusal of a second live application for a credential."""


LINK = "application/json"
"""The media type of a link to a video."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The latest attempt that ended with `not_yet`, its version of the credential, and its materials."""

    application: Application
    definition: CredentialDefinition
    handed: Sequence[Handed] = ()


def no_credential(slug: str) -> NotThere:
    """The refusal for a credential that does not exist."""
    return NotThere(Text("There is no credential %(slug)r; GET /api/credentials lists them.", slug=slug))


def second_live(definition: CredentialDefinition) -> WrongState:
    """The refusal of a second live application for a credential."""
    return WrongState(
        Text(
            "You have a live application for %(name)s already. Go on with it, or withdraw it before you start another.",
            name=definition.name,
        ),
        type=SECOND_LIVE,
    )


def start(
    *,
    application_id: UUID,
    person_id: UUID,
    person_version: int,
    definition: CredentialDefinition,
    earlier: Earlier | None,
    now: datetime,
) -> Change:
    """Begin an application on this version of the credential. `earlier` is the last attempt that was decided `not_yet`,
    or None. If nothing is missing that comes before the fee, the fee becomes due at once.

    Refuses a credential that is not open. The database refuses a second live application.
    """
    if definition.state != "open":
        raise WrongState(
            Text(
                "%(name)s is %(state)s; applications can be started only for a credential that is open.",
                name=definition.name,
                state=CLOSED.get(definition.state, definition.state),
            ),
            type="credential_closed",
        )
    application = Application(
        application_id=application_id,
        person_id=person_id,
        credential=definition.slug,
        credential_version=definition.version,
        fee=definition.fee,
        timeline=(Moment(now, "started"),),
    )
    if earlier is not None:
        application = _known(application, earlier, definition)
    begun, due = complete(application, definition, person_version=person_version, now=now)
    return begun, (
        ApplicationStarted(
            application_id=application_id,
            person_id=person_id,
            person_version=person_version,
            credential=application.credential,
            credential_version=application.credential_version,
            attempt=application.attempt,
        ),
        *due,
    )


def _known(application: Application, earlier: Earlier, definition: CredentialDefinition) -> Application:
    before, items = earlier.application, {item.key for item in definition.items}
    same_agreement = before.agreement_version == definition.agreement.version
    rule, choice = definition.eligibility_rule, definition.paths
    answers = () if rule is None else tuple(one.key for one in rule.answers)
    path = None if choice is None else next((one for one in choice.options if one.key == before.path), None)
    ratings = {item: rating for item, rating in (before.ratings or {}).items() if item in items}
    return replace(
        application,
        attempt=before.attempt + 1,
        basic=before.basic,
        agreement_version=before.agreement_version if same_agreement else None,
        agreement_accepted_at=before.agreement_accepted_at if same_agreement else None,
        eligibility=before.eligibility if before.eligibility in answers else None,
        path=None if path is None else path.key,
        path_answer=None if path is None else before.path_answer,
        ratings=ratings or None,
        carried_forward=carry_forward(earlier, definition),
    )


def carried(earlier: Earlier | None, definition: CredentialDefinition) -> tuple[str, ...]:
    """The requirements whose materials are carried over from the earlier attempt: the new version asks for them in the
    same form, and they fit its limits. The applicant may change them."""
    if earlier is None:
        return ()
    return tuple(
        asked.key
        for asked in definition.requirements
        if asked.due == "before_submission" and _still_fit(asked, _of(earlier, asked))
    )


def _check(asked: Requirement, handed: Handed) -> None:
    """Refuses materials that do not fit the present limits."""
    limits = asked.limits
    if handed.words is not None:
        materials.within("text", materials.WORDS, handed.words, limits.min_words, limits.max_words)
    if handed.minutes is not None:
        materials.within("minutes", materials.MINUTES, handed.minutes, limits.min_minutes, limits.max_minutes)
    if asked.kind in materials.FILE_KINDS and handed.content.media_type != LINK:
        materials.check_file(asked, handed.content.media_type, handed.content.size)
        if handed.content.size > materials.max_bytes(asked):
            raise materials.too_large(asked)


def _of(earlier: Earlier, asked: Requirement) -> Sequence[Handed]:
    return [one for one in earlier.handed if one.requirement == asked.key]


def _still_fit(asked: Requirement, handed: Sequence[Handed]) -> bool:
    if asked.kind == "letter" or not handed or any(one.kind != asked.kind for one in handed):
        return False
    most = asked.limits.max_count
    if asked.kind == "artifacts" and most is not None and len(handed) > most:
        return False
    try:
        for one in handed:
            _check(asked, one)
    except Refused:
        return False
    return True


def carry_forward(earlier: Earlier, definition: CredentialDefinition) -> tuple[CarriedItem, ...]:
    """The items that are carried forward: demonstrated before, by the same rubric version, and still asked for."""
    decision = earlier.application.decision
    if decision is None or earlier.definition.rubric.version != definition.rubric.version:
        return ()
    asked = {item.key for item in definition.items}
    return tuple(
        CarriedItem(item=result.item, level=result.level)
        for result in decision.items
        if result.demonstrated and result.item in asked
    )
