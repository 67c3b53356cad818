"""People who erase themselves: the reasons to refuse it, and the end of their applications."""

from collections.abc import Sequence
from datetime import datetime

from contracts.refusals import Fault, Text, WrongState
from services.intake.domain.applications import Application, Change, withdraw
from services.intake.domain.people import ACCOUNT, ADMIN, Person
from services.intake.domain.states import LIVE


def check(person: Person, other_administrators: int) -> None:
    """Refuses the erasure of the last administrator. Without one, nobody could give roles."""
    if person.kind == ACCOUNT and ADMIN in person.roles and other_administrators == 0:
        raise WrongState(
            Text(
                "You are the last administrator, and without one nobody could give roles any more."
                " Make somebody else an administrator first."
            ),
            type="last_administrator",
            faults=[Fault("", Text("make somebody else an administrator first"))],
        )


def withdraw_all(applications: Sequence[Application], now: datetime) -> list[tuple[Application, Change]]:
    """The withdrawals of all live applications. Decided applications stay as they are."""
    return [(one, withdraw(one, None, now=now)) for one in applications if one.state in LIVE]
