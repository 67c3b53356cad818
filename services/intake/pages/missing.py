"""What an application still lacks for its submission, in the words of pages, and where it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import pages as addresses
from contracts.refusals import Plural, Text
from services.intake.domain import materials as rules
from services.intake.domain.assessment import unrated
from services.intake.domain.letters import least
from services.intake.domain.submission import AGREEMENT, missing
from services.intake.store.applications import Loaded


@dataclass(frozen=True, slots=True)
class Missing:
    """A thing to do before the submission: its key, its name, what is missing, and the address where it is done (empty
    if no page offers it)."""

    key: str
    name: Text
    what: Text
    address: str


def lacking(loaded: Loaded) -> Sequence[Missing]:
    """What is missing before the submission, in the words of pages."""
    application, definition = loaded.application, loaded.definition
    requirements = {one.key: one for one in definition.requirements}
    found = []
    for fault in missing(application, definition, loaded.handed):
        requirement = requirements.get(fault.field)
        if fault.field == AGREEMENT:
            address, name = addresses.agreement(application.application_id), Text("Agreement")
            what = Text("This version has another agreement. Read it and accept it.")
            found.append(Missing(fault.field, name, what, address))
            continue
        if requirement is None:
            address, name = addresses.path_choice(application.application_id), Text("Your path")
            found.append(Missing(fault.field, name, Text("Choose one of the paths."), address))
            continue
        address, what = addresses.material(application.application_id, requirement.key), Text("Not handed in yet.")
        if requirement.kind == "self_assessment":
            address = addresses.self_assessment(application.application_id)
            left = len(unrated(application, definition))
            what = Plural("%(number)s is not rated yet.", "%(number)s are not rated yet.", left)
        elif requirement.kind == "artifacts":
            count = sum(1 for one in loaded.handed if one.requirement == requirement.key)
            what = Text("Handed in so far: %(count)s of at least %(least)s.", count=count, least=least(requirement))
        elif requirement.kind == rules.LETTER:
            address = addresses.letters(application.application_id)
            count = sum(1 for one in loaded.handed if one.requirement == requirement.key)
            what = Text("Letters received so far: %(count)s of %(least)s.", count=count, least=least(requirement))
        elif not rules.handed_in_here(requirement):
            address, what = "", fault.text
        found.append(Missing(fault.field, Text("%(name)s", name=requirement.name), what, address))
    return found
