"""Every event that a service hears, with each field in turn holding an unexpected value or one that no database stores.
Each has an outcome at once."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.kafka.outcome import Record
from contracts.event import EVENTS
from contracts.topics import SERVICES
from tests.component.conftest import StartService

EXAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "examples"
TEXTS = ("", "a\x00b", "\U0001f600" * 30_000)
NUMBERS = (0, -1, 2**31, 10**30)
TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


def odd(value: Any) -> Iterator[Any]:
    """Values that may replace this value, each with one oddity."""
    match value:
        case bool():
            yield not value
        case int():
            yield from NUMBERS
        case str():
            yield from TIMES if _is_time(value) else () if _is_id(value) else TEXTS
        case list():
            yield []
            for n, part in enumerate(value):
                yield from ([*value[:n], changed, *value[n + 1 :]] for changed in odd(part))
        case dict():
            yield {"x" * 5_000: "y", **value}
            for name, part in value.items():
                yield from ({**value, name: changed} for changed in odd(part))


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def records(kind: str, next_offset: dict[str, int], *, oddly: bool) -> Iterator[Record]:
    """The example unchanged, and each oddity of it. Each is a message with a key of its own, so that none waits
    behind another."""
    example = json.loads((EXAMPLES / kind / "full.json").read_text())
    topic, value = example["topic"], example["value"]
    if value is None:
        return
    for data in odd(value["data"]) if oddly else [value["data"]]:
        message_id, text = str(uuid4()), json.dumps({**value, "data": data})
        key = str(uuid4()) if oddly and _is_id(example["key"]) else example["key"]
        offset = next_offset[topic] = next_offset.get(topic, -1) + 1
        headers = tuple((name, content.encode()) for name, content in {**example["headers"], "id": message_id}.items())
        body = text.replace(value["id"], message_id)
        if key != example["key"]:
            body = body.replace(example["key"], key)
        yield Record(topic, 0, offset, 0, key.encode(), body.encode(), headers)


SETTINGS: dict[str, dict[str, Any]] = {
    "payments": {"stripe_api_key": "sk_test_x", "stripe_webhook_secret": "whsec_x"},
    "notify": {"smtp_from": "no-reply@program.example"},
}


@pytest.mark.parametrize("name", SERVICES)
async def test_every_record_has_an_outcome_at_once(service: StartService, name: str) -> None:
    one = await service(name, **SETTINGS.get(name, {}))
    inbox = one.running.inbox
    inbox.patience, inbox.brake.limit = 3600, 10**9  # what is tried again does not end in time
    offsets: dict[str, int] = {}
    heard = [kind for kind, event in EVENTS.items() if name in event.HEARD_BY and event.TOPIC.name in inbox.handlers.on]
    for oddly in (False, True):
        for kind in heard:
            await inbox.take(list(records(kind, offsets, oddly=oddly)))
    rows = await one.database.pool.fetch("SELECT topic, next_offset FROM positions WHERE consumer = $1", name)
    assert {row["topic"]: row["next_offset"] - 1 for row in rows} == offsets
    assert await one.database.pool.fetchval("SELECT count(*) FROM inbox") == sum(
        offset + 1 for offset in offsets.values()
    )
