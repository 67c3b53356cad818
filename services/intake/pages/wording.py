"""The words of pages for keys of rules and records: states, steps, moments, kinds."""

from collections.abc import Mapping, Sequence

from contracts.catalog import Level, Limits, PathOption
from contracts.refusals import Plural, Text
from services.intake.views.applications import Application
from services.intake.views.applications import Requirement as Asked
from services.intake.views.catalog import Credential, Requirement
from services.intake.views.materials import Material
from web.languages import Reader

CREDENTIAL_STATES = ("open", "paused", "announced", "planned", "retired")

CREDENTIAL_TAGS: Mapping[str, tuple[str, Text]] = {
    "open": ("go", Text("Open")),
    "paused": ("wait", Text("Paused")),
    "announced": ("idle", Text("Announced")),
    "planned": ("idle", Text("Planned")),
    "retired": ("idle", Text("Retired")),
}
"""The tone and words for the state of a credential."""

NOT_OPEN: Mapping[str, Text] = {
    "paused": Text("No new applications for now. Applications that are under way go on as planned."),
    "announced": Text("This is being written. Applications can be begun when it opens."),
    "planned": Text("This is planned, and not written yet. Applications can be begun when it opens."),
    "retired": Text("This is not awarded any more. Badges that were earned stay valid and can be verified."),
}
"""Why nobody can begin an application."""
_NOT_OPEN = Text("Applications cannot be begun at the moment.")

APPLICATION_TAGS: Mapping[str, tuple[str, Text]] = {
    "started": ("wait", Text("Begun")),
    "fee_due": ("wait", Text("Fee due")),
    "open": ("go", Text("Open")),
    "submitted": ("info", Text("Submitted")),
    "in_review": ("info", Text("In review")),
    "awarded": ("go", Text("Awarded")),
    "not_yet": ("wait", Text("Not yet")),
    "withdrawn": ("idle", Text("Withdrawn")),
    "lapsed": ("idle", Text("Lapsed")),
}
"""The tone and words for the state of an application."""

_NEXT: Mapping[str, Text] = {
    "started": Text("Tell us who you are, and accept the agreement. Then the fee is due."),
    "fee_due": Text("Pay the fee. Then your application opens."),
    "submitted": Text("The panel gets your application next. You can read it, but you cannot change it any more."),
    "in_review": Text("The panel judges your application. We mail you when it has decided."),
    "awarded": Text("The panel decided that every competency is demonstrated. You can show your badge."),
    "not_yet": Text("The panel decided: not yet. Read the feedback; you can apply again."),
    "withdrawn": Text("This application is withdrawn. You can apply again."),
    "lapsed": Text("The time of this application is over. You can apply again."),
}

MOMENTS: Mapping[str, Text] = {
    "started": Text("Application begun"),
    "fee_due": Text("Basic information given and agreement accepted: the fee is due"),
    "fee_paid": Text("Fee paid"),
    "fee_waived": Text("Fee waived"),
    "fee_refunded": Text("Fee paid back"),
    "fee_disputed": Text("Payment disputed"),
    "opened": Text("Application opened"),
    "letter_asked": Text("A letter was asked for"),
    "letter_reminded": Text("A referee was mailed again"),
    "letter_received": Text("A letter was received"),
    "letter_declined": Text("A referee declined"),
    "letter_undelivered": Text("A mail to a referee came back"),
    "letter_withdrawn": Text("A request for a letter was withdrawn"),
    "submitted": Text("Submitted"),
    "supplemented": Text("Handed in after the submission"),
    "in_review": Text("Taken up by the panel"),
    "awarded": Text("Decided: awarded"),
    "not_yet": Text("Decided: not yet"),
    "reopened": Text("Reopened by the program's staff"),
    "reopening_ended": Text("The reopening was ended"),
    "moved": Text("Moved to another version by the program's staff"),
    "moved_back": Text("Moved back to its former version by the program's staff"),
    "withdrawn": Text("Withdrawn"),
    "lapsed": Text("Lapsed"),
    "renewal_asked": Text("Asked to be carried over to the next period"),
    "renewed": Text("Renewal fee paid: carried over to the next period"),
    "renewal_cancelled": Text("Not carried over; the renewal fee goes back"),
    "renewal_refunded": Text("Renewal fee paid back"),
    "extended": Text("Deadline extended by the program's staff"),
    "badge_issued": Text("Badge issued"),
    "badge_suspended": Text("Badge suspended"),
    "badge_reinstated": Text("Badge valid again"),
    "badge_revoked": Text("Badge revoked"),
}
"""The words of the timeline."""

ON_HOLD: Mapping[str, Text] = {
    "fee_disputed": Text("The payment of the fee is disputed. The program's staff take care of it."),
}

_STEPS: Mapping[str, int] = {
    "started": 1,
    "fee_due": 2,
    "submitted": 6,
    "in_review": 6,
    "awarded": 7,
    "not_yet": 7,
}

RESOURCES: Mapping[str, Text] = {
    "training": Text("training"),
    "reading": Text("reading"),
    "hub": Text("collection"),
}


def what_next(state: str, done: int, asked: int) -> Text:
    """What comes next for an application, and how many of its requirements are done."""
    if state != "open":
        return _NEXT.get(state, Text("Nothing is to be done now."))
    if done < asked:
        return Text("Hand in what is asked for: %(done)s of %(asked)s are done.", done=done, asked=asked)
    return Text("Everything is handed in. Look through it once more, then submit it.")


def step(state: str, assessed: bool, done: int, asked: int) -> int | None:
    """Which of the seven steps an application is at; None for one that ended before a decision."""
    if state != "open":
        return _STEPS.get(state)
    if not assessed:
        return 3
    return 4 if done < asked else 5


def moment(what: str) -> Text:
    """A line of the timeline."""
    return MOMENTS.get(what, Text("%(what)s", what=what))


def tag(state: str) -> tuple[str, Text]:
    """The tone and words for the state of an application."""
    return APPLICATION_TAGS.get(state, ("idle", Text("%(state)s", state=state)))


def credential_tag(state: str) -> tuple[str, Text]:
    """The tone and words for the state of a credential."""
    return CREDENTIAL_TAGS.get(state, ("idle", Text("%(state)s", state=state)))


def not_open(state: str) -> Text:
    """Why nobody can begin an application now."""
    return NOT_OPEN.get(state, _NOT_OPEN)


def resource_kind(kind: str) -> Text:
    """The words for the kind of a resource."""
    return RESOURCES.get(kind, Text("%(kind)s", kind=kind))


def counted(credential: Credential) -> Sequence[Text]:
    """The parts of a credential: how many items of each kind, how many things to hand in."""
    found = [_items(group.kind, len(group.items)) for group in credential.groups if group.items]
    # An applicant takes one of several paths.
    asked = sum(1 for one in credential.requirements if one.path is None)
    asked += 1 if credential.paths is not None else 0
    return [*found, Plural("%(number)s thing to do or hand in", "%(number)s things to do or hand in", asked)]


def _items(kind: str, number: int) -> Text:
    match kind:
        case "competency":
            return Plural("%(number)s competency", "%(number)s competencies", number)
        case "disposition":
            return Plural("%(number)s disposition", "%(number)s dispositions", number)
        case "critical_commitment":
            return Plural("%(number)s critical commitment", "%(number)s critical commitments", number)
        case "area":
            return Plural("%(number)s area", "%(number)s areas", number)
        case _:
            return Plural("%(number)s item", "%(number)s items", number)


def rings(credential: Credential) -> Sequence[int]:
    """The numbers from which its picture is drawn: the items of each group."""
    return tuple(len(group.items) for group in credential.groups)


def has_questions(credential: Credential) -> bool:
    """Whether there are guiding questions."""
    return any(item.questions for item in credential.items)


def passing(credential: Credential) -> Sequence[str]:
    """The levels with which an item counts as demonstrated."""
    return [level.name for level in credential.rubric.levels if level.passing]


def answers(credential: Credential, option: PathOption) -> Sequence[str]:
    """The answers that allow a path."""
    known = () if credential.paths is None else credential.paths.answers
    return [answer.name for answer in known if answer.key in option.answers]


def limits(requirement: Requirement, reader: Reader) -> Sequence[Text]:
    """The limits of a requirement, with numbers as the reader writes them."""
    bounds, number = requirement.limits, reader.number
    found = [] if requirement.required else [Text("if you like")]
    match bounds.min_count, bounds.max_count:
        case (int(least), int(most)):
            found.append(Text("%(least)s to %(most)s of them", least=number(least), most=number(most)))
        case (int(least), None):
            found.append(Text("at least %(least)s of them", least=number(least)))
        case (None, int(most)):
            found.append(Text("up to %(most)s of them", most=number(most)))
    match bounds.min_minutes, bounds.max_minutes:
        case (int(least), int(most)):
            found.append(Text("%(least)s to %(most)s minutes", least=number(least), most=number(most)))
        case (int(least), None):
            found.append(Text("at least %(least)s minutes", least=number(least)))
        case (None, int(most)):
            found.append(Text("up to %(most)s minutes", most=number(most)))
    match bounds.min_words, bounds.max_words:
        case (None, int(most)) if requirement.kind == "artifacts":
            found.append(Text("each with an annotation of up to %(most)s words", most=number(most)))
        case (int(least), int(most)):
            found.append(Text("%(least)s to %(most)s words", least=number(least), most=number(most)))
        case (int(least), None):
            found.append(Text("at least %(least)s words", least=number(least)))
        case (None, int(most)):
            found.append(Text("up to %(most)s words", most=number(most)))
    if bounds.max_bytes is not None:
        found.append(Text("a file of up to %(size)s", size=reader.size(bounds.max_bytes)))
    if requirement.due == "after_submission":
        found.append(Text("after the submission"))
    return found


def words(bounds: Limits) -> Text | None:
    """How many words a text may have, in a sentence; None without a limit."""
    match bounds.min_words, bounds.max_words:
        case (int(least), int(most)):
            return Text("%(least)s to %(most)s words.", least=least, most=most)
        case (int(least), None):
            return Text("At least %(least)s words.", least=least)
        case (None, int(most)):
            return Text("Up to %(most)s words.", most=most)
        case _:
            return None


def on_hold(reason: str) -> Text:
    """Why an application is on hold."""
    return ON_HOLD.get(reason, Text("The program's staff take care of it."))


def paragraphs(text: str) -> Sequence[str]:
    """The paragraphs of a text that somebody wrote."""
    return [part for part in text.split("\n\n") if part.strip()]


def level(credential: Credential, key: str) -> Level:
    """A level of the rubric. A level that the rubric does not have (any more) is called by its key."""
    return next((one for one in credential.rubric.levels if one.key == key), Level(key=key, name=key, passing=False))


def carried(application: Application) -> Sequence[str]:
    """The items that are carried forward."""
    return [item.item for item in application.carried_forward]


def handed_in(requirement: Asked, application: Application, credential: Credential, reader: Reader) -> Sequence[Text]:
    """What was handed in for a requirement; empty if there is nothing yet."""
    if requirement.kind == "self_assessment":
        if application.self_assessment is None:
            return []
        rated, items = len(application.self_assessment.ratings), len(credential.items)
        return [Text("%(rated)s of %(items)s rated.", rated=rated, items=items)]
    if requirement.letters_received is not None:
        count = requirement.letters_received
        return [Plural("%(number)s received.", "%(number)s received.", count)] if count else []
    handed = requirement.materials or ()
    if requirement.kind == "artifacts" and handed:
        return [Plural("%(number)s handed in.", "%(number)s handed in.", len(handed))]
    return [_handed_in(one, reader) for one in handed]


def _handed_in(material: Material, reader: Reader) -> Text:
    on = reader.day(material.handed_in_at)
    if material.words is not None:
        words = reader.number(material.words)
        return Text("%(words)s words, handed in on %(day)s.", words=words, day=on)
    if material.minutes is not None and material.media_type == "application/json":
        return Text(
            "A link to %(minutes)s minutes, handed in on %(day)s.", minutes=reader.number(material.minutes), day=on
        )
    return Text("A file of %(size)s, handed in on %(day)s.", size=reader.size(material.size), day=on)
