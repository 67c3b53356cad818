"""The transactions of the sandbox: objects, events and their deliveries are committed together."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from devstack.stripe_sandbox import objects
from devstack.stripe_sandbox.clock import Clock
from devstack.stripe_sandbox.courier import Courier
from devstack.stripe_sandbox.refusals import Json
from devstack.stripe_sandbox.store import Store

SHUFFLE_OVER_SECONDS = 0.5


class Disturbances(BaseModel):
    """Disturbances of the webhooks of events from now on. Retries are not disturbed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    copies: int = Field(default=1, ge=0, le=100, description="how often each event is sent")
    delay_ms: int = Field(default=0, ge=0, le=3_600_000, description="how late, in milliseconds")
    shuffle: bool = Field(default=False, description="out of order: each is delayed by a further random time")
    drop: float = Field(default=0.0, ge=0.0, le=1.0, description="the share of sendings that are lost")

    def sendings(self, at: float, random: Random) -> list[float]:
        """The times at which copies of one event are sent; empty if all are lost."""
        spread = max(SHUFFLE_OVER_SECONDS, self.delay_ms / 1000) if self.shuffle else 0.0
        kept = [copy for copy in range(self.copies) if random.random() >= self.drop]
        return [at + self.delay_ms / 1000 + random.uniform(0, spread) for _ in kept]


class Troubles(BaseModel):
    """Disturbances of the answers to writing API calls from now on. The calls themselves are carried out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_ms: int = Field(
        default=0, ge=0, le=60_000, description="how late each answer comes; its idempotency key is in use until then"
    )
    lose_answers: float = Field(
        default=0.0, ge=0.0, le=1.0, description="the share that is answered with 500 after it was carried out"
    )


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{secrets.token_hex(length // 2)}"


@dataclass
class Tx:
    """One operation's access to the store. `emit` writes an event, which is sent after the commit."""

    store: Store
    now: int
    public_url: str
    request: Json
    disturbances: Disturbances
    wanted: frozenset[str] | None
    random: Random
    sendings: list[tuple[float, int]] = field(default_factory=list)

    def emit(self, kind: str, about: Json, previous: Json | None = None) -> None:
        event = objects.event(
            kind, objects.public(about), event_id=new_id("evt"), now=self.now, request=self.request, previous=previous
        )
        self.store.put(event)
        if self.wanted is not None and kind not in self.wanted:
            return
        for due in self.disturbances.sendings(time.time(), self.random):
            self.sendings.append((due, self.store.add_delivery(event["id"], due)))


@dataclass(frozen=True)
class Sandbox:
    """`wanted`: the event types that the webhook endpoint subscribes to; None: all."""

    store: Store
    clock: Clock
    courier: Courier
    public_url: str
    wanted: frozenset[str] | None
    random: Random = field(default_factory=Random)

    @contextmanager
    def transaction(self, request_id: str | None = None, idempotency_key: str | None = None) -> Iterator[Tx]:
        disturbances = self.disturbances()
        request: Json = {"id": request_id, "idempotency_key": idempotency_key}
        with self.store.transaction():
            tx = Tx(self.store, self.clock.now(), self.public_url, request, disturbances, self.wanted, self.random)
            yield tx
        self.courier.take(tx.sendings)

    def disturbances(self) -> Disturbances:
        return Disturbances.model_validate(self.store.switch("webhooks"))

    def troubles(self) -> Troubles:
        return Troubles.model_validate(self.store.switch("api"))
