"""`console`: the ops service with an operator who is signed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.database.outbox import unpack_headers
from chassis.kafka.outcome import Record
from contracts.event import Event
from contracts.topics import OPS_REDRIVES
from devstack.ports import free_port
from tests.component.conftest import StartService
from tests.one_service import OneService


@dataclass
class Console:
    """The service, and what an operator does with it."""

    service: OneService
    operator: UUID

    async def get(self, path: str, **params: object) -> httpx.Response:
        return await self.service.client.get(
            f"/api/ops/{path}", params=params, headers=self.service.session_for(self.operator)
        )  # type: ignore[arg-type]

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.service.client.post(
            f"/api/ops/{path}", json=body, headers=self.service.session_for(self.operator) | headers
        )

    async def items(self, path: str, **params: object) -> list[dict[str, Any]]:
        response = await self.get(path, **params)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    async def asked(self) -> list[Event]:
        """What consumers were asked for."""
        return [one.event for one in await self.service.said() if one.event.TOPIC is OPS_REDRIVES]


async def relay(from_service: OneService, to_service: OneService, topic_prefix: str) -> int:
    """What the relay and Kafka do: takes the rows of these topics out of one service's outbox and delivers them to
    another, in order."""
    rows = await from_service.database.pool.fetch(
        "DELETE FROM outbox WHERE topic LIKE $1 RETURNING *", f"{topic_prefix}%"
    )
    records = []
    for row in sorted(rows, key=lambda row: row["id"]):
        offset = to_service.offsets.get((row["topic"], 0), 0)
        to_service.offsets[row["topic"], 0] = offset + 1
        records.append(
            Record(
                row["topic"], 0, offset, 0, row["key"].encode(), row["payload"], tuple(unpack_headers(row["headers"]))
            )
        )
    await to_service.deliver_records(records)
    return len(records)


@pytest.fixture
async def console(service: StartService) -> Console:
    ops = await service("ops", intake_url="https://intake.example", kafka_bootstrap=f"127.0.0.1:{free_port()}")
    return Console(ops, await ops.add_person(uuid4(), roles=("operator",), name="Olga Operator"))
