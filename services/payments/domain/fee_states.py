"""The states of a fee, and what each action makes of them. The table is total for facts, which are never refused."""

from collections.abc import Mapping
from enum import StrEnum

from contracts.refusals import Text, WrongState


class State(StrEnum):
    """`mispaid`: a payment of another amount than the fee came, and a person must look at it. `cancelled`: the
    application was withdrawn, so nothing is due any more. `waived`: staff said that it need not be paid. `refunding`:
    staff gives the payment back."""

    DUE = "due"
    PAID = "paid"
    WAIVED = "waived"
    MISPAID = "mispaid"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class Action(StrEnum):
    """The actions on a fee. All but `check_out`, `waive` and `give_back` are facts."""

    ASK = "ask"
    CHECK_OUT = "check_out"
    WAIVE = "waive"
    GIVE_BACK = "give_back"
    PAY = "pay"
    MISPAY = "mispay"
    WITHDRAW_UNPAID = "withdraw_unpaid"
    WITHDRAW_PAID = "withdraw_paid"
    RETURN = "return"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.DUE, Action.ASK): State.DUE,
    (State.DUE, Action.CHECK_OUT): State.DUE,
    (State.DUE, Action.WAIVE): State.WAIVED,
    (State.DUE, Action.PAY): State.PAID,
    (State.DUE, Action.MISPAY): State.MISPAID,
    (State.DUE, Action.WITHDRAW_UNPAID): State.CANCELLED,
    (State.DUE, Action.WITHDRAW_PAID): State.CANCELLED,
    (State.DUE, Action.RETURN): State.DUE,
    (State.PAID, Action.ASK): State.PAID,
    (State.PAID, Action.GIVE_BACK): State.REFUNDING,
    (State.PAID, Action.PAY): State.PAID,
    (State.PAID, Action.MISPAY): State.PAID,
    (State.PAID, Action.WITHDRAW_UNPAID): State.CANCELLED,
    (State.PAID, Action.WITHDRAW_PAID): State.PAID,
    (State.PAID, Action.RETURN): State.PAID,
    (State.WAIVED, Action.ASK): State.WAIVED,
    (State.WAIVED, Action.PAY): State.WAIVED,
    (State.WAIVED, Action.MISPAY): State.WAIVED,
    (State.WAIVED, Action.WITHDRAW_UNPAID): State.WAIVED,
    (State.WAIVED, Action.WITHDRAW_PAID): State.WAIVED,
    (State.WAIVED, Action.RETURN): State.WAIVED,
    (State.MISPAID, Action.ASK): State.MISPAID,
    (State.MISPAID, Action.PAY): State.PAID,
    (State.MISPAID, Action.MISPAY): State.MISPAID,
    (State.MISPAID, Action.WITHDRAW_UNPAID): State.CANCELLED,
    (State.MISPAID, Action.WITHDRAW_PAID): State.CANCELLED,
    (State.MISPAID, Action.RETURN): State.MISPAID,
    (State.CANCELLED, Action.ASK): State.CANCELLED,
    (State.CANCELLED, Action.PAY): State.CANCELLED,
    (State.CANCELLED, Action.MISPAY): State.CANCELLED,
    (State.CANCELLED, Action.WITHDRAW_UNPAID): State.CANCELLED,
    (State.CANCELLED, Action.WITHDRAW_PAID): State.CANCELLED,
    (State.CANCELLED, Action.RETURN): State.REFUNDED,
    (State.REFUNDING, Action.ASK): State.REFUNDING,
    (State.REFUNDING, Action.PAY): State.REFUNDING,
    (State.REFUNDING, Action.MISPAY): State.REFUNDING,
    (State.REFUNDING, Action.WITHDRAW_UNPAID): State.REFUNDING,
    (State.REFUNDING, Action.WITHDRAW_PAID): State.REFUNDING,
    (State.REFUNDING, Action.RETURN): State.REFUNDED,
    (State.REFUNDED, Action.ASK): State.REFUNDED,
    (State.REFUNDED, Action.PAY): State.REFUNDED,
    (State.REFUNDED, Action.MISPAY): State.REFUNDED,
    (State.REFUNDED, Action.WITHDRAW_UNPAID): State.REFUNDED,
    (State.REFUNDED, Action.WITHDRAW_PAID): State.REFUNDED,
    (State.REFUNDED, Action.RETURN): State.REFUNDED,
}

WHY_NOT: Mapping[State, Text] = {
    State.WAIVED: Text("The fee is waived. You do not have to pay anything. Go on with your application."),
    State.REFUNDING: Text(
        "The fee is being given back to you by the program's staff. Do not pay again. Ask the staff what comes next."
    ),
    State.PAID: Text("The fee is paid. You do not have to pay anything more. Go on with your application."),
    State.MISPAID: Text(
        "The fee is mispaid. A payment arrived that is not the amount of the fee. The program's staff"
        " will look at it. Do not pay again."
    ),
    State.CANCELLED: Text(
        "The fee is cancelled, because the application was withdrawn. Apply again to pay for a new application."
    ),
    State.REFUNDED: Text(
        "The fee is refunded, because the application was withdrawn. Apply again to pay for a new application."
    ),
}
"""Why a fee cannot be paid."""

CALLED: Mapping[State, Text] = {
    State.DUE: Text("due"),
    State.PAID: Text("paid"),
    State.WAIVED: Text("waived"),
    State.MISPAID: Text("mispaid"),
    State.CANCELLED: Text("cancelled"),
    State.REFUNDING: Text("being given back"),
    State.REFUNDED: Text("given back"),
}
"""What a state is called in a sentence."""


def move(state: State, action: Action) -> State:
    """The state after an action. Raises WrongState for a command that is not possible."""
    after = TRANSITIONS.get((state, action))
    if after is not None:
        return after
    match action:
        case Action.WAIVE:
            raise WrongState(
                Text(
                    "The fee is %(state)s, so it cannot be waived. Only a fee that is due can be waived.",
                    state=CALLED[state],
                )
            )
        case Action.GIVE_BACK:
            raise WrongState(
                Text(
                    "The fee is %(state)s, so there is no payment to give back. Only the payment of a paid fee can be"
                    " given back.",
                    state=CALLED[state],
                )
            )
        case _:
            raise WrongState(WHY_NOT[state])
