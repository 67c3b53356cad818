"""To be deleted: the ways of writing from before `Database.write`, for services that are not converted yet."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from chassis.database.outbox import columns
from chassis.database.statements import Kind, saying
from contracts.event import Event
from contracts.topics import INTAKE_PEOPLE

T = TypeVar("T")


class NotSingle(Exception):
    """More was asked of `Database.single` than reads and one write."""


class FormerTx:
    """What `Tx` had for `Database.single`."""

    __slots__ = ()

    @property
    def single(self: Any) -> bool:
        """Whether this is `Database.single`."""
        return self.way.value == "single"  # type: ignore[no-any-return]

    async def write(
        self: Any, key: object, sql: str, *args: object, says: Sequence[Event] = ()
    ) -> asyncpg.Record | None:
        """`save` that returns the row, and None for an overtaken one."""
        from chassis.database.transaction import KeyNotLocked

        if not self.single:
            row = await self.lock(key, sql, *args)
            for event in says if row is not None else ():
                await self.emit(event)
            return row  # type: ignore[no-any-return]
        if not says:
            return await self.fetchrow(sql, *args)  # type: ignore[no-any-return]
        rows = [self._row(event, event.key) for event in says]
        if strangers := sorted({row.key for row in rows} - {str(key)}):
            raise KeyNotLocked(f"only {key} is written, so nothing can be said with the key {strangers[0]}")
        row = await self.fetchrow(saying(sql, len(args)), *args, *columns(rows, self.now))
        if row is not None:
            self.said.update(one.compacted for one in rows)
            self.changed_people.update(UUID(one.key) for one in rows if one.topic == INTAKE_PEOPLE.name)
        return row  # type: ignore[no-any-return]

    def _demand_single(self: Any, kind: Kind) -> None:
        if self.single and self.writes:
            raise NotSingle("database.single() ends with its one write; use database.write()")
        if self.single and kind.locks and not kind.writes:
            raise NotSingle("a lock in database.single() would end with its statement; use database.write()")


class FormerDatabase:
    """`Database.single` and `Database.settle`."""

    @asynccontextmanager
    async def single(self: Any) -> AsyncIterator[Any]:
        """Reads, and at the end one write that commits by itself, with what it says (`tx.write`)."""
        from chassis.database.transaction import Way

        async with self.pool.acquire() as connection:
            tx = self._tx(connection, None, Way.SINGLE)
            yield tx
        self._tell(tx)

    async def settle(self: Any, work: Callable[[Any], Awaitable[T]]) -> T:
        """`work` in `single()`; where somebody else was quicker, again in a transaction."""
        from chassis.database.transaction import Overtaken

        single: AbstractAsyncContextManager[Any] = self.single()
        try:
            async with single as tx:
                return await work(tx)
        except Overtaken:
            async with self.transaction() as tx:
                return await work(tx)
