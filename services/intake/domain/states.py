"""The states of an application and the table of transitions.

Commands (what people ask for over HTTP) are refused if the table has no entry. Facts (what another service says) cannot
be refused: the table has an answer for each, and the state may stay.
"""

from collections.abc import Mapping
from enum import StrEnum

from contracts.refusals import Listed, Text, WrongState


class State(StrEnum):
    """The state of an application."""

    STARTED = "started"
    FEE_DUE = "fee_due"
    OPEN = "open"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    AWARDED = "awarded"
    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Action(StrEnum):
    """What may happen to an application. The values of the commands are the words of the API."""

    ANSWER = "eligibility"
    DESCRIBE = "basic-information"
    ACCEPT = "agreement"
    COMPLETE = "complete"
    ASSESS = "self-assessment"
    CHOOSE_PATH = "path"
    HAND_IN = "materials"
    SUPPLEMENT = "materials after the submission"
    SUBMIT = "submission"
    WITHDRAW = "withdrawal"
    REOPEN = "reopening"
    RENEW = "renewal"
    EXTEND = "extension"
    LAPSE = "lapse"

    FEE_SETTLED = "fee_settled"
    FEE_RETURNED = "fee_returned"
    FEE_DISPUTED = "fee_disputed"
    RENEWAL_SETTLED = "renewal_settled"
    CASE_OPENED = "case_opened"
    DECIDED_AWARDED = "decided_awarded"
    DECIDED_NOT_YET = "decided_not_yet"
    BADGE_ISSUED = "badge_issued"


FACTS = frozenset(
    {
        Action.FEE_SETTLED,
        Action.FEE_RETURNED,
        Action.FEE_DISPUTED,
        Action.RENEWAL_SETTLED,
        Action.CASE_OPENED,
        Action.DECIDED_AWARDED,
        Action.DECIDED_NOT_YET,
        Action.BADGE_ISSUED,
    }
)
COMMANDS = frozenset(Action) - FACTS
LIVE = frozenset({State.STARTED, State.FEE_DUE, State.OPEN, State.SUBMITTED, State.IN_REVIEW})
"""States in which a person may have only one application for a credential."""

UNSUBMITTED = (State.STARTED, State.FEE_DUE, State.OPEN)
"""States in which an application has a deadline, and lapses at it."""

GIVEN_UP = frozenset({State.WITHDRAWN, State.LAPSED})
"""States in which an application ended without a decision. It gives its place in a cohort back."""

_BEFORE_A_DECISION = (State.STARTED, State.FEE_DUE, State.OPEN, State.SUBMITTED, State.IN_REVIEW)
# A decision that was made before the panel heard of a withdrawal stays valid. A later decision (an appeal) replaces an
# earlier one. So the end does not depend on which topic was faster.
_DECIDABLE = (State.SUBMITTED, State.IN_REVIEW, State.AWARDED, State.NOT_YET, State.WITHDRAWN)

TRANSITIONS: Mapping[tuple[State, Action], State] = {
    **{(state, fact): state for state in State for fact in FACTS},
    (State.STARTED, Action.ANSWER): State.STARTED,
    (State.FEE_DUE, Action.ANSWER): State.FEE_DUE,
    (State.STARTED, Action.DESCRIBE): State.STARTED,
    (State.FEE_DUE, Action.DESCRIBE): State.FEE_DUE,
    (State.OPEN, Action.DESCRIBE): State.OPEN,
    (State.STARTED, Action.ACCEPT): State.STARTED,
    (State.FEE_DUE, Action.ACCEPT): State.FEE_DUE,
    (State.OPEN, Action.ACCEPT): State.OPEN,
    (State.STARTED, Action.COMPLETE): State.FEE_DUE,
    (State.OPEN, Action.ASSESS): State.OPEN,
    (State.OPEN, Action.CHOOSE_PATH): State.OPEN,
    (State.OPEN, Action.HAND_IN): State.OPEN,
    (State.SUBMITTED, Action.SUPPLEMENT): State.SUBMITTED,
    (State.IN_REVIEW, Action.SUPPLEMENT): State.IN_REVIEW,
    (State.OPEN, Action.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Action.REOPEN): State.SUBMITTED,
    (State.IN_REVIEW, Action.REOPEN): State.IN_REVIEW,
    **{(state, Action.WITHDRAW): State.WITHDRAWN for state in _BEFORE_A_DECISION},
    (State.FEE_DUE, Action.FEE_SETTLED): State.OPEN,
    (State.OPEN, Action.RENEW): State.OPEN,
    **{(state, Action.EXTEND): state for state in UNSUBMITTED},
    **{(state, Action.LAPSE): State.LAPSED for state in UNSUBMITTED},
    **{(state, Action.FEE_RETURNED): State.WITHDRAWN for state in _BEFORE_A_DECISION},
    (State.SUBMITTED, Action.CASE_OPENED): State.IN_REVIEW,
    **{(state, Action.DECIDED_AWARDED): State.AWARDED for state in _DECIDABLE},
    **{(state, Action.DECIDED_NOT_YET): State.NOT_YET for state in _DECIDABLE},
}

_ELSEWHERE = {
    State.FEE_DUE: (Text("payment of the fee"),),
    State.AWARDED: (Text("nothing more: it is decided"),),
    State.NOT_YET: (Text("a new application"),),
    State.WITHDRAWN: (Text("a new application"),),
    State.LAPSED: (Text("a new application"),),
}


_STATES = {
    State.STARTED: Text("started"),
    State.FEE_DUE: Text("fee_due"),
    State.OPEN: Text("open"),
    State.SUBMITTED: Text("submitted"),
    State.IN_REVIEW: Text("in_review"),
    State.AWARDED: Text("awarded"),
    State.NOT_YET: Text("not_yet"),
    State.WITHDRAWN: Text("withdrawn"),
    State.LAPSED: Text("lapsed"),
}
_ACTIONS = {
    Action.DESCRIBE: Text("basic-information"),
    Action.ACCEPT: Text("agreement"),
    Action.ASSESS: Text("self-assessment"),
    Action.CHOOSE_PATH: Text("path"),
    Action.HAND_IN: Text("materials"),
    Action.SUBMIT: Text("submission"),
    Action.WITHDRAW: Text("withdrawal"),
}
# In English these are the words of the API. In other languages they are words for people. Only some credentials ask who
# may apply, so that is not offered.


def called(state: State) -> Text:
    """A state in a refusal: in English the word of the API."""
    return _STATES[state]


def next_state(state: State, action: Action) -> State:
    """The state to which `action` leads from `state`. Raises WrongState, which says what is possible instead, if a
    command leads nowhere."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise WrongState(
            Text(
                "%(action)s is not possible: this application is %(state)s; possible now: %(possible)s.",
                action=_ACTIONS.get(action, action.value),
                state=called(state),
                possible=Listed(possible(state)),
            )
        ) from None


def possible(state: State) -> tuple[Text, ...]:
    """What the applicant can do in a state: commands in the words of the API, everything else in words for people."""
    commands = tuple(said for action, said in _ACTIONS.items() if (state, action) in TRANSITIONS)
    return (*commands, *_ELSEWHERE.get(state, ()))
