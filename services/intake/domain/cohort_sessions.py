"""The sessions of a cohort: added, changed, cancelled. Its members are told."""

from dataclasses import replace
from uuid import UUID

from contracts.events.cohorts import CohortRescheduled
from contracts.refusals import Text, WrongState
from services.intake.domain.cohort_states import Action, State, next_state
from services.intake.domain.cohorts import Change, Cohort, Session, no_session, off, told, told_people


def schedule(cohort: Cohort, session: Session) -> Change:
    """Add a session, or change one; members are told once. A cancelled session stays cancelled."""
    state = next_state(cohort.state, Action.SCHEDULE)
    before = next((one for one in cohort.sessions if one.session_id == session.session_id), None)
    if before is not None and before.cancelled:
        raise WrongState(Text("This session is cancelled. Add another one instead."))
    session = replace(session, sequence=0 if before is None else before.sequence, cancelled=False)
    if session == before:
        return cohort, ()
    if before is not None:
        session = replace(session, sequence=before.sequence + 1)
    others = tuple(one for one in cohort.sessions if one.session_id != session.session_id)
    return _rescheduled(replace(cohort, state=state, sessions=(*others, session)), session.session_id)


def cancel_session(cohort: Cohort, session_id: UUID) -> Change:
    """Cancel a session; members are told. Nobody has seen a draft, so from a draft the session is removed."""
    state = next_state(cohort.state, Action.SCHEDULE)
    session = next((one for one in cohort.sessions if one.session_id == session_id), None)
    if session is None:
        raise no_session(session_id)
    if session.cancelled:
        return cohort, ()
    others = tuple(one for one in cohort.sessions if one.session_id != session_id)
    if state is State.DRAFT:
        return replace(cohort, sessions=others), ()
    return _rescheduled(replace(cohort, state=state, sessions=(*others, off(session))), session_id)


def _rescheduled(cohort: Cohort, session_id: UUID) -> Change:
    if cohort.state is State.DRAFT:
        return cohort, ()
    event = CohortRescheduled(**told(cohort), changed=(session_id,), members=told_people(cohort.members))
    return cohort, (event,)
