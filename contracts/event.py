"""Events: a payload with a type, a topic and a key. Defining the class of an event registers it."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.topics import Topic

EVENTS: dict[str, type["Event"]] = {}
"""The class of every event that this build knows, by its type `<service>.<subject>.<past participle>.v<major>`."""


class Payload(BaseModel):
    """A part of an event. Unknown fields are ignored, because an older reader may meet a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Payload):
    """A fact. Its time and id are added by the envelope, so that the pure domain can build it.

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
        """The Kafka key, by which the topic is ordered or compacted."""
        raise TypeError(f"{self.TYPE} does not say its key")


def without_major(event_type: str) -> str:
    """`payments.fee.paid.v1` -> `payments.fee.paid`: the name of an event in all its major versions."""
    return event_type.rpartition(".v")[0]
