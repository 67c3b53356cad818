"""The events of `ops`: what an operator has asked of a consumer. And the pulse of every service, for `ops` alone."""

from uuid import UUID

from contracts.event import Event, Payload
from contracts.topics import CONSUMERS, OPS_PULSES, OPS_REDRIVES


class _LettersEvent(Payload):
    consumer: str
    topic: str
    letter_key: str

    @property
    def key(self) -> str:
        return self.letter_key


class RedriveRequested(_LettersEvent, Event, type="ops.redrive.requested.v1", topic=OPS_REDRIVES, heard_by=CONSUMERS):
    """An operator wants this consumer to take the dead letters of one key of one topic again, in order.

    All letters of the key up to the last of `message_ids` are taken, because a later one may depend on an earlier one.
    """

    message_ids: tuple[UUID, ...]


class DiscardRequested(_LettersEvent, Event, type="ops.discard.requested.v1", topic=OPS_REDRIVES, heard_by=CONSUMERS):
    """An operator gives these letters up for good; the key's other letters are then taken in order."""

    message_ids: tuple[UUID, ...]
    reason_code: str = "operator"


class ResumeRequested(Event, type="ops.resume.requested.v1", topic=OPS_REDRIVES, heard_by=CONSUMERS):
    """An operator says that a consumer that stopped itself (too many dead letters in a row) may go on."""

    consumer: str

    @property
    def key(self) -> str:
        return self.consumer


class PulseSaid(Event, type="ops.pulse.said.v1", topic=OPS_PULSES):
    """A service says every 15 seconds that its outbox moves. The pulse goes through that outbox like every event: while
    none arrives, other events of the service do not arrive either.
    """

    service: str

    @property
    def key(self) -> str:
        return self.service


OpsRedrivesEvent = RedriveRequested | DiscardRequested | ResumeRequested
