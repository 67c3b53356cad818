"""The events of `notify`. They hold no address and no text of a mail."""

from uuid import UUID

from contracts.event import Event, Payload
from contracts.topics import NOTIFY_DELIVERIES


class _MailEvent(Payload):
    event_id: UUID
    template: str
    person_id: UUID
    application_id: UUID | None = None

    @property
    def key(self) -> str:
        return str(self.application_id or self.person_id)


class MailSent(_MailEvent, Event, type="notify.mail.sent.v1", topic=NOTIFY_DELIVERIES):
    """The relay accepted a mail. `event_id` is the event that it tells of; `message_id` the mail's `Message-ID`."""

    message_id: str


class MailFailed(_MailEvent, Event, type="notify.mail.failed.v1", topic=NOTIFY_DELIVERIES, heard_by=("intake",)):
    """A mail was given up. `reason`: refused, no_address, erased, role_lost, too_late (it may grow)."""

    reason: str


NotifyDeliveriesEvent = MailSent | MailFailed
