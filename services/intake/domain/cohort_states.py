"""The states of a cohort and the table of transitions.

Staff and applicants give commands, which are refused if the table has no entry. The passing of time and the ends of
applications are facts: the table has an answer for each. A full cohort is not a state: it follows from its places.
"""

from collections.abc import Mapping
from enum import StrEnum

from contracts.refusals import Listed, Text, WrongState


class State(StrEnum):
    """The state of a cohort."""

    DRAFT = "draft"
    OPEN = "open"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What may happen to a cohort."""

    EDIT = "edit"
    SCHEDULE = "schedule"
    OPEN = "open"
    CANCEL = "cancel"
    JOIN = "join"
    LEAVE = "leave"
    PLACE = "place"
    REMOVE = "remove"

    BEGIN = "first_session_begins"
    FINISH = "last_session_ends"
    APPLICATION_ENDED = "application_ended"


FACTS = frozenset({Action.BEGIN, Action.FINISH, Action.APPLICATION_ENDED})
COMMANDS = frozenset(Action) - FACTS

_BEFORE_THE_END = (State.DRAFT, State.OPEN, State.RUNNING)
_WITH_PLACES = (State.OPEN, State.RUNNING)

TRANSITIONS: Mapping[tuple[State, Action], State] = {
    **{(state, fact): state for state in State for fact in FACTS},
    **{(state, Action.EDIT): state for state in _BEFORE_THE_END},
    **{(state, Action.SCHEDULE): state for state in _BEFORE_THE_END},
    (State.DRAFT, Action.OPEN): State.OPEN,
    **{(state, Action.CANCEL): State.CANCELLED for state in _BEFORE_THE_END},
    (State.OPEN, Action.JOIN): State.OPEN,
    **{(state, Action.LEAVE): state for state in _WITH_PLACES},
    **{(state, Action.PLACE): state for state in _WITH_PLACES},
    **{(state, Action.REMOVE): state for state in _WITH_PLACES},
    (State.OPEN, Action.BEGIN): State.RUNNING,
    (State.RUNNING, Action.FINISH): State.FINISHED,
}

_STATES = {
    State.DRAFT: Text("a draft"),
    State.OPEN: Text("open to applicants"),
    State.RUNNING: Text("running"),
    State.FINISHED: Text("finished"),
    State.CANCELLED: Text("cancelled"),
}
_ACTIONS = {
    Action.EDIT: Text("change its details"),
    Action.SCHEDULE: Text("change its sessions"),
    Action.OPEN: Text("open it"),
    Action.CANCEL: Text("cancel it"),
    Action.JOIN: Text("join it"),
    Action.LEAVE: Text("leave it"),
    Action.PLACE: Text("give somebody a place"),
    Action.REMOVE: Text("take somebody out"),
}


def next_state(state: State, action: Action) -> State:
    """The state to which `action` leads from `state`. Raises WrongState if a command leads nowhere."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise WrongState(
            Text(
                "This cohort is %(state)s, so this is not possible: %(action)s. Possible now: %(possible)s.",
                state=_STATES[state],
                action=_ACTIONS.get(action, action.value),
                possible=Listed(possible(state)) if possible(state) else Text("nothing"),
            ),
            type="cohort_state",
        ) from None


def possible(state: State) -> tuple[Text, ...]:
    """What can be done with a cohort in this state."""
    return tuple(said for action, said in _ACTIONS.items() if (state, action) in TRANSITIONS)
