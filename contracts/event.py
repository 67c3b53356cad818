"""What an event is: a payload with a type, a topic and a key, entered in one registry when its class is defined."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.topics import Topic

EVENTS: dict[str, type["Event"]] = {}
"""Every event type that this build knows, by `<service>.<subject>.<past participle>.v<major>`."""


class Payload(BaseModel):
    """A part of an event. Unknown fields are ignored: contracts only grow, and an older reader meets a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Payload):
    """A fact. It has no clock and no id of its own, so that the pure domain can build it: the envelope adds both.

    A subclass names its `type`, its `topic`, the services that hear it (`ops` hears everything), and its key.
    """

    TYPE: ClassVar[str]
    TOPIC: ClassVar[Topic]
    HEARD_BY: ClassVar[tuple[str, ...]]
    TOMBSTONE: ClassVar[bool] = False

    def __init_subclass__(
        cls,
        *,
        type: str = "",
        topic: Topic | None = None,
        heard_by: tuple[str, ...] = (),
        tombstone: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if not type or topic is None:
            raise TypeError(f"{cls.__name__}: an event needs type= and topic=")
        if type in EVENTS:
            raise TypeError(f"{type} is declared twice")
        cls.TYPE, cls.TOPIC, cls.HEARD_BY, cls.TOMBSTONE = type, topic, heard_by, tombstone
        EVENTS[type] = cls

    @property
    def key(self) -> str:
        """The Kafka key: what the topic is ordered (or compacted) by."""
        raise TypeError(f"{self.TYPE} does not say its key")


def without_major(event_type: str) -> str:
    """`payments.fee.paid.v1` -> `payments.fee.paid`: what a fact is called whatever the major version of its body."""
    return event_type.rpartition(".v")[0]
