"""The states of a version of a credential: how staff may change it, and what a version needs to be open."""

from collections.abc import Mapping, Sequence

from contracts.catalog import CREDENTIAL_STATES, CredentialDefinition
from contracts.refusals import Fault, Invalid, Text, WrongState

MOVES: Mapping[str, tuple[str, ...]] = {
    "planned": ("announced", "open", "retired"),
    "announced": ("planned", "open", "retired"),
    "open": ("paused", "retired"),
    "paused": ("open", "retired"),
    "retired": ("paused",),
}
"""The states to which staff may change a version. A version that was open is never announced again, because
applications stay on it."""


def moves(state: str) -> tuple[str, ...]:
    """The states to which a version may be changed. A state that only a later build knows leads nowhere."""
    return MOVES.get(state, ())


def change_state(
    definition: CredentialDefinition, to: str, *, open_version: int | None, lacks: Sequence[str]
) -> CredentialDefinition:
    """The version in another state. Returns the same object if it has that state already.

    `open_version`: another version of the credential that is open. `lacks`: what the version lacks to be open.
    """
    if to not in CREDENTIAL_STATES:
        raise Invalid(Fault("state", Text("one of %(states)s", states=", ".join(CREDENTIAL_STATES))))
    if to == definition.state:
        return definition
    if to not in moves(definition.state):
        allowed = ", ".join(moves(definition.state)) or Text("none")
        raise WrongState(
            Text(
                "A credential that is %(now)s cannot become %(state)s; it can become: %(allowed)s.",
                now=definition.state,
                state=to,
                allowed=allowed,
            ),
            type="no_such_move",
            faults=[Fault("state", Text("choose one of: %(allowed)s", allowed=allowed))],
        )
    if to == "open" and open_version is not None:
        raise WrongState(
            Text(
                "Version %(version)s is open. Pause or retire it first, because only one version of a credential"
                " can be open.",
                version=open_version,
            ),
            type="another_is_open",
            faults=[Fault("state", Text("pause or retire version %(version)s first", version=open_version))],
        )
    if to in ("open", "paused") and lacks:
        raise WrongState(
            Text("This version is not complete. Complete its file first."),
            type="incomplete",
            faults=[Fault("state", Text("%(lacks)s", lacks=one)) for one in lacks],
        )
    return definition.model_copy(update={"state": to})
