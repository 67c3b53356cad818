"""What `intake` says about the catalog."""

from contracts.catalog import CredentialDefinition
from contracts.event import Event
from contracts.topics import INTAKE_CATALOG


class CredentialPublished(
    Event,
    type="intake.credential.published.v1",
    topic=INTAKE_CATALOG,
    heard_by=("payments", "review", "badging", "notify"),
):
    """The whole definition of one version of a credential and its state. `version` here grows with every change of that
    definition. `changed_from`: the state before, where this publication changed it."""

    version: int
    definition: CredentialDefinition
    changed_from: str | None = None

    @property
    def key(self) -> str:
        return f"{self.definition.slug}/{self.definition.version}"
