"""One service with a real database and without Kafka. Records are pushed through the real consumer code, and its events
are read from its outbox."""

import importlib
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.public import PrivateKey

from chassis.database.outbox import unpack_headers
from chassis.database.pool import Database
from chassis.kafka.outcome import Record
from chassis.service import Running, assemble
from contracts.envelope import Envelope, Received, decode, encode, headers
from contracts.event import Event
from contracts.events.people import PersonDescribed
from contracts.session import LIFETIME


@dataclass
class SettableClock:
    """A clock that a test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Keys:
    """The key files of a test's services, as the devstack makes them."""

    folder: Path
    signing: Ed25519PrivateKey

    @classmethod
    def make(cls, folder: Path) -> "Keys":
        signing = Ed25519PrivateKey.generate()
        public = jwt.algorithms.OKPAlgorithm.to_jwk(signing.public_key(), as_dict=True) | {
            "kid": "test",
            "alg": "EdDSA",
            "use": "sig",
        }
        private = jwt.algorithms.OKPAlgorithm.to_jwk(signing, as_dict=True) | {"kid": "test", "alg": "EdDSA"}
        (folder / "session.jwks").write_text(json.dumps({"keys": [public]}))
        (folder / "session.jwk").write_text(json.dumps(private))
        sealing = PrivateKey.generate()
        (folder / "seal.public").write_text(b64encode(bytes(sealing.public_key)).decode())
        (folder / "seal.private").write_text(b64encode(bytes(sealing)).decode())
        issuer = Ed25519PrivateKey.generate()
        (folder / "issuer.pem").write_bytes(issuer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "issuer.pub").write_bytes(issuer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return cls(folder, signing)

    def settings(self) -> dict[str, Any]:
        """Every setting that names a key file; each service takes the ones it knows."""
        return {
            "session_jwks_file": self.folder / "session.jwks",
            "session_key_file": self.folder / "session.jwk",
            "seal_public_key_file": self.folder / "seal.public",
            "seal_private_key_file": self.folder / "seal.private",
            "issuer_key_file": self.folder / "issuer.pem",
        }


@dataclass
class OneService:
    """A service under test."""

    running: Running
    database: Database
    clock: SettableClock
    keys: Keys
    client: httpx.AsyncClient
    config: Any = None
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    def session_for(self, person_id: UUID) -> dict[str, str]:
        """Request headers of somebody signed in now (the service must know the person)."""
        now = self.clock().timestamp()
        claims = {"sub": str(person_id), "iat": now, "exp": now + LIFETIME.total_seconds(), "iss": "intake"}
        token = jwt.encode(claims, self.keys.signing, algorithm="EdDSA", headers={"kid": "test"})
        return {"Authorization": f"Bearer {token}"}

    def envelope(
        self, event: Event, *, id: UUID | None = None, correlation_id: UUID | None = None, time: datetime | None = None
    ) -> Envelope[Any]:
        """An envelope as another service would send it."""
        return Envelope[Any](
            id=id or uuid4(),
            time=time or self.clock(),
            source=event.TYPE.partition(".")[0],
            type=event.TYPE,
            correlation_id=correlation_id or uuid4(),
            data=event,
        )

    def record(self, envelope: Envelope[Any], **changes: Any) -> Record:
        """The record of an envelope, at the next offset of its topic (partition 0)."""
        topic = changes.pop("topic", envelope.data.TOPIC.name)
        offset = self.offsets.get((topic, 0), 0)
        self.offsets[topic, 0] = offset + 1
        fields: dict[str, Any] = {
            "topic": topic,
            "partition": 0,
            "offset": offset,
            "timestamp": int(envelope.time.timestamp() * 1000),
            "key": envelope.data.key.encode(),
            "value": encode(envelope),
            "headers": tuple(headers(envelope, "test")),
        }
        return Record(**(fields | changes))

    async def deliver(self, *events: Event | Envelope[Any]) -> list[Envelope[Any]]:
        """Push events through the consumer as one batch; returns their envelopes (deliver those again for a
        duplicate)."""
        envelopes = [one if isinstance(one, Envelope) else self.envelope(one) for one in events]
        await self.deliver_records([self.record(one) for one in envelopes])
        return envelopes

    async def deliver_records(self, records: Sequence[Record]) -> None:
        """Push records as they are through the consumer as one batch."""
        ours = set(self.running.inbox.handlers.topics)
        if mine := [record for record in records if record.topic in ours]:
            await self.running.inbox.take(mine)
        if other := [record for record in records if record.topic not in ours]:
            await self.running.control.take(other)

    async def said(self) -> list[Received]:
        """Everything that the service has said so far, in the order of its outbox (dead letter copies left out)."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox WHERE topic NOT LIKE 'dlq.%' ORDER BY id")
        return [
            decode(row["topic"], row["key"].encode(), row["payload"], unpack_headers(row["headers"])) for row in rows
        ]

    async def events(self, *kinds: type[Event]) -> list[Event]:
        """The events said so far; only of these kinds, if any are named."""
        return [one.event for one in await self.said() if not kinds or isinstance(one.event, kinds)]

    async def run_job(self, name: str) -> None:
        """Run one job once, now."""
        await self.running.jobs.jobs[name].run(self.database)

    async def add_person(self, person_id: UUID | None = None, **fields: Any) -> UUID:
        """A person whom the service has heard of (not for intake, which owns its people)."""
        person_id = person_id or uuid4()
        defaults: dict[str, Any] = {
            "version": 1,
            "email": f"{person_id}@example.org",
            "name": "Person",
            "sessions_valid_from": datetime(2000, 1, 1, tzinfo=UTC),
        }
        await self.deliver(PersonDescribed(person_id=person_id, **(defaults | fields)))
        return person_id

    async def close(self) -> None:
        for end in self.running.service.on_stop:
            await end()
        await self.client.aclose()
        await self.database.close()


async def start(name: str, dsn: str, folder: Path, **settings: Any) -> OneService:
    """A service around a migrated database, its `on_start` done, nothing running by itself. `settings` go into its
    Settings."""
    module = importlib.import_module(f"services.{name}.app")
    keys = Keys.make(folder)
    known = module.Settings.model_fields
    given = {field: value for field, value in keys.settings().items() if field in known}
    config = module.Settings(database_url=dsn, object_store_url=f"file://{folder}/objects", **(given | settings))
    return await _around(name, config, keys, SettableClock())


async def replica_of(one: OneService) -> OneService:
    """Another process of the same service: with its database, its settings and its clock."""
    return await _around(one.running.name, one.config, one.keys, one.clock)


async def _around(name: str, config: Any, keys: Keys, clock: SettableClock) -> OneService:
    module = importlib.import_module(f"services.{name}.app")
    database = await Database.connect(name, config.database_url, clock, size=12)
    running = assemble(name, config, database, module.build)
    running.inbox.patience = 0.3
    for begin in running.service.on_start:
        await begin()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(running.api, raise_app_exceptions=False), base_url="http://127.0.0.1"
    )
    return OneService(running, database, clock, keys, client, config)
