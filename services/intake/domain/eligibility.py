"""Who may apply, by the applicant's own answer. The question is answered before the fee is due, so that nobody pays and
then learns that they may not apply."""

from dataclasses import replace
from datetime import datetime

from contracts.catalog import CredentialDefinition
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState
from services.intake.domain.applications import Application, Change, complete, eligible
from services.intake.domain.states import Action, State, next_state


def answer(
    application: Application, given: str, definition: CredentialDefinition, *, person_version: int, now: datetime
) -> Change:
    """Take the answer. It may be changed until the fee is settled. If everything else is given too, the fee becomes
    due.

    An answer that does not allow an application is kept while no fee is due. Afterwards it is refused: the applicant
    has to withdraw, which cancels the fee.
    """
    state = next_state(application.state, Action.ANSWER)
    rule = definition.eligibility_rule
    if rule is None:
        raise NotThere(Text("%(name)s has no question about who may apply.", name=definition.name))
    keys = [one.key for one in rule.answers]
    if given not in keys:
        raise Invalid(
            Fault("answer", Text("one of %(keys)s", keys=", ".join(keys))), text=Text("There is no such answer.")
        )
    answered = replace(application, eligibility=given, state=state)
    if state is State.FEE_DUE and not eligible(answered, definition):
        raise WrongState(
            Text(
                "With this answer you may not apply, and the fee of this application is due. Do not pay it: withdraw"
                " the application. If the answer was a mistake, leave it as it is."
            ),
            type="not_eligible",
        )
    return complete(answered, definition, person_version=person_version, now=now)
