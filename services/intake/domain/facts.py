"""What other services say about an application. Facts cannot be refused: they move the application or leave it as it
is.

Topics have no order between them. So each fact may come before its cause, and the end is the same.
"""

from dataclasses import replace
from datetime import datetime

from contracts.events.applications import ApplicationOpened
from contracts.events.review import CaseDecided
from services.intake.domain.applications import Application, Change, Decision, note, withdrawal
from services.intake.domain.states import Action, State, next_state


def settle_fee(application: Application, what: str, at: datetime) -> Change:
    """The fee is paid or waived (`what` says which). `payments` returns a fee that was paid for a withdrawn
    application."""
    state = next_state(application.state, Action.FEE_SETTLED)
    settled = note(replace(application, state=state), at, what)
    if state is application.state:
        return settled, ()
    return note(settled, at, "opened"), (
        ApplicationOpened(
            application_id=application.application_id,
            person_id=application.person_id,
            credential=application.credential,
            credential_version=application.credential_version,
        ),
    )


def return_fee(application: Application, remaining_minor: int, at: datetime) -> Change:
    """Money went back. If nothing is kept, an application without a decision ends."""
    returned = note(application, at, "fee_refunded")
    if remaining_minor > 0:
        return returned, ()
    state = next_state(application.state, Action.FEE_RETURNED)
    if state is application.state:
        return returned, ()
    withdrawn = note(replace(returned, state=state), at, "withdrawn")
    return withdrawn, (withdrawal(withdrawn, "refunded"),)


def dispute_fee(application: Application, at: datetime) -> Application:
    """The payment is disputed: the application is on hold, in whatever state it is."""
    return note(
        replace(application, state=next_state(application.state, Action.FEE_DISPUTED), on_hold="fee_disputed"),
        at,
        "fee_disputed",
    )


def open_case(application: Application, at: datetime) -> Application:
    """The panel's case was opened. If the decision was heard first, only the timeline changes."""
    return note(replace(application, state=next_state(application.state, Action.CASE_OPENED)), at, "in_review")


def decide(application: Application, decided: CaseDecided, at: datetime) -> Application:
    """The panel decided. A later decision (an appeal) replaces an earlier one."""
    action = Action.DECIDED_AWARDED if decided.outcome == "awarded" else Action.DECIDED_NOT_YET
    state = next_state(application.state, action)
    if state not in (State.AWARDED, State.NOT_YET):
        return application
    decision = Decision(
        decision_id=decided.decision_id,
        outcome=decided.outcome,
        items=decided.items,
        letter=decided.letter,
        feedback=decided.feedback,
        decided_at=at,
    )
    return note(replace(application, state=state, decision=decision), at, decided.outcome)


def issue_badge(application: Application, url: str, at: datetime) -> Application:
    """A badge is public at `url`. It is kept even if it is heard of before the decision."""
    return note(
        replace(application, state=next_state(application.state, Action.BADGE_ISSUED), badge_url=url),
        at,
        "badge_issued",
    )


def change_badge(application: Application, what: str, at: datetime) -> Application:
    """The badge was revoked, suspended or reinstated. The timeline says so; so does the page at the badge's URL."""
    return note(application, at, what)
