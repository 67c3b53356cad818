"""The write protocol: load, decide, save, say. It uses as few statements as possible, and after a lost race it runs
again with locks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from chassis.database.pool import Database
from chassis.database.transaction import KeyNotLocked, OnlyReading, Overtaken, Tx
from contracts.envelope import Received
from contracts.events.people import PersonDescribed
from tests.conftest import NewDatabase
from tests.waiting import until_one_waits

ADA, BOB = uuid4(), uuid4()
TABLES = """
    CREATE TABLE counters (id uuid PRIMARY KEY, count integer NOT NULL, version integer NOT NULL DEFAULT 0);
    CREATE TABLE marks (id uuid NOT NULL, mark text NOT NULL);
"""
LOAD = "SELECT c.id, c.count, c.version FROM counters c WHERE c.id = $1"
LOAD_WITH_MARKS = """
    SELECT c.id, c.count, c.version, (SELECT count(*) FROM marks m WHERE m.id = c.id) AS marks
    FROM counters c WHERE c.id = $1
"""
LOAD_AS_READ = """
    SELECT c.id, c.count, c.version, (SELECT count(*) FROM marks m WHERE m.id = c.id) AS marks,
        (SELECT s.version FROM counters s WHERE s.id = c.id) AS version_as_read
    FROM counters c WHERE c.id = $1
"""
SAVE = "UPDATE counters SET count = $3, version = $2 + 1 WHERE id = $1 AND version = $2 RETURNING id"
ADD = "INSERT INTO counters (id, count) VALUES ($1, 0) ON CONFLICT DO NOTHING RETURNING id"
MARK = "INSERT INTO marks VALUES ($1, $2)"
LOCK = "SELECT * FROM counters WHERE id = $1 FOR NO KEY UPDATE"


class Taken(Exception):
    """It is there already."""


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    found = await Database.connect("intake", await new_database("chassis"))
    await found.pool.execute(TABLES)
    await found.pool.execute(ADD, ADA)
    yield found
    await found.close()


class Statements:
    """What a database was asked, BEGIN and COMMIT too."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, record: asyncpg.connection.LoggedQuery) -> None:
        if "typeinfo_tree" in record.query or "'jit'" in record.query:  # asyncpg gets to know types
            return
        words = record.query.split()
        self.asked.append(" ".join(words[:2]) if words[0] == "WITH" else words[0].rstrip(";"))


@contextmanager
def listening(tx: Tx, statements: Statements) -> Iterator[None]:
    with tx.connection.query_logger(statements):
        yield


async def asked_of(database: Database, work: Callable[[Tx], Awaitable[object]], after: Tx | None = None) -> list[str]:
    """The statements of one `write`. The pool's own connection is listened to, so the COMMIT is heard too."""
    statements = Statements()
    async with database.pool.acquire() as connection:
        connection.add_query_logger(statements)

        class OneConnection:
            def acquire(self) -> "OneConnection":
                return self

            async def __aenter__(self) -> object:
                return connection

            async def __aexit__(self, *_: object) -> None:
                return None

        await Database(database.service, OneConnection(), database.clock).write(work, after)
        connection.remove_query_logger(statements)
    return statements.asked


def described(name: str, person_id: UUID = ADA) -> PersonDescribed:
    return PersonDescribed(
        person_id=person_id,
        version=1,
        kind="account",
        name=name,
        email="ada@example.org",
        sessions_valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def count_up(tx: Tx, says: str = "") -> int:
    """Load, decide, save, say."""
    row = await tx.load(ADA, LOAD, ADA, lock="c")
    assert row is not None
    after = int(row["count"]) + 1
    await tx.save(ADA, SAVE, ADA, row["version"], after, says=[described(says)] if says else ())
    return after


async def count(database: Database) -> int:
    return int(await database.pool.fetchval("SELECT count FROM counters WHERE id = $1", ADA))


async def said(database: Database) -> list[str]:
    rows = await database.pool.fetch("SELECT payload FROM outbox ORDER BY id")
    return [orjson.loads(row["payload"])["data"]["name"] for row in rows]


async def test_a_lone_save_is_one_statement_with_what_it_says(database: Database) -> None:
    assert await asked_of(database, lambda tx: count_up(tx, "Ada")) == ["SELECT", "WITH it"]
    assert (await count(database), await said(database)) == (1, ["Ada"])
    assert await asked_of(database, count_up) == ["SELECT", "UPDATE"]


async def test_what_is_said_after_a_save_goes_with_it_in_its_order(database: Database) -> None:
    async def work(tx: Tx) -> None:
        await count_up(tx, "one")
        await tx.emit(described("two"))

    assert await asked_of(database, work) == ["SELECT", "WITH it"]
    assert await said(database) == ["one", "two"]


async def test_reading_and_doing_nothing_begin_no_transaction(database: Database) -> None:
    async def nothing(_: Tx) -> None:
        return None

    assert await asked_of(database, nothing) == []
    assert await asked_of(database, lambda tx: tx.fetchval("SELECT 1")) == ["SELECT"]


async def test_what_follows_a_save_is_in_its_transaction_and_sees_it(database: Database) -> None:
    seen: list[int] = []

    async def work(tx: Tx) -> None:
        await count_up(tx, "Ada")
        seen.append(await tx.fetchval("SELECT count FROM counters WHERE id = $1", ADA))
        await tx.execute(MARK, ADA, "one")
        await count_up(tx, "Ada again")
        await tx.emit(described("Ada at last"))

    assert await asked_of(database, work) == [
        *("SELECT", "BEGIN", "UPDATE", "SELECT", "INSERT", "SELECT", "UPDATE", "INSERT", "COMMIT")
    ]
    assert (seen, await count(database), await said(database)) == ([1], 2, ["Ada", "Ada again", "Ada at last"])


async def test_a_note_is_one_statement_and_may_change_nothing(database: Database) -> None:
    async def work(tx: Tx) -> None:
        await tx.note("DELETE FROM marks WHERE id = $1", ADA)

    assert await asked_of(database, work) == ["DELETE"]


@pytest.mark.parametrize(
    "sql", [LOCK, "SELECT pg_advisory_xact_lock(1) WHERE $1::uuid IS NOT NULL", f"{LOAD} FOR SHARE"]
)
async def test_what_lasts_until_the_commit_begins_a_transaction(database: Database, sql: str) -> None:
    assert await asked_of(database, lambda tx: tx.fetchrow(sql, ADA)) == ["BEGIN", "SELECT", "COMMIT"]


async def test_a_save_that_is_more_than_one_statement_says_its_things_in_a_transaction(database: Database) -> None:
    sql = f"WITH marked AS (INSERT INTO marks VALUES ($1, 'with')) {SAVE}"

    async def work(tx: Tx) -> None:
        await tx.save(ADA, sql, ADA, 0, 7, says=[described("Ada")])

    assert await asked_of(database, work) == ["BEGIN", "WITH marked", "INSERT", "COMMIT"]
    assert (await count(database), await said(database)) == (7, ["Ada"])


async def test_nothing_is_written_or_told_when_the_work_raises(database: Database) -> None:
    told: list[Tx] = []
    database.after_commit.append(told.append)

    async def put_off(tx: Tx) -> None:
        await count_up(tx, "Ada")
        tx.wake("job")
        raise Taken

    async def begun(tx: Tx) -> None:
        await count_up(tx, "Ada")
        await tx.execute(MARK, ADA, "one")
        raise Taken

    for work in (put_off, begun):
        with pytest.raises(Taken):
            await database.write(work)
    assert (await count(database), await said(database), told) == (0, [], [])
    assert await database.pool.fetchval("SELECT count(*) FROM marks") == 0


async def test_who_is_cancelled_leaves_nothing(database: Database) -> None:
    begun = asyncio.Event()

    async def work(tx: Tx) -> None:
        await count_up(tx, "Ada")
        await tx.execute(MARK, ADA, "one")
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(database.write(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await count(database), await said(database)) == (0, [])
    assert await database.write(count_up) == 1  # neither a lock nor a transaction is left over


async def test_a_lost_connection_leaves_nothing_of_what_was_begun(database: Database) -> None:
    async def work(tx: Tx) -> None:
        await count_up(tx, "Ada")
        pid = await tx.fetchval("SELECT pg_backend_pid()")
        await database.pool.execute("SELECT pg_terminate_backend($1)", pid)
        await tx.execute(MARK, ADA, "one")

    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError)):
        await database.write(work)
    assert await database.answers()
    assert (await count(database), await said(database)) == (0, [])


@pytest.mark.parametrize("goes_on", [False, True])
async def test_who_was_overtaken_does_it_once_more_with_locks(database: Database, goes_on: bool) -> None:
    turns = 0

    async def work(tx: Tx) -> int:
        nonlocal turns
        turns += 1
        row = await tx.load(ADA, LOAD, ADA, lock="c")
        assert row is not None
        if turns == 1:
            await database.write(count_up)
        else:
            await tx.emit(described("held"))  # only who holds the row may
            assert await database.pool.fetch(f"{LOCK} SKIP LOCKED", ADA) == []
        await tx.save(ADA, SAVE, ADA, row["version"], row["count"] + 10, says=[described(f"turn {turns}")])
        if goes_on:
            await tx.execute(MARK, ADA, f"turn {turns}")
        return turns

    assert await database.write(work) == 2
    assert (await count(database), await said(database)) == (11, ["held", "turn 2"])
    assert [row["mark"] for row in await database.pool.fetch("SELECT mark FROM marks")] == ["turn 2"] * goes_on


async def test_a_row_that_is_gone_is_not_tried_for_ever(database: Database) -> None:
    turns = 0

    async def work(tx: Tx) -> None:
        nonlocal turns
        turns += 1
        await tx.save(BOB, SAVE, BOB, 0, 1, says=[described("Bob", BOB)])

    with pytest.raises(Overtaken):
        await database.write(work)
    assert (turns, await said(database)) == (2, [])


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_save_that_writes_nothing_raises_what_it_was_told_to(database: Database, goes_on: bool) -> None:
    turns = 0

    async def work(tx: Tx) -> None:
        nonlocal turns
        turns += 1
        await tx.save(ADA, ADD, ADA, says=[described("Ada")], otherwise=Taken())
        if goes_on:
            await tx.execute(MARK, ADA, "never")

    with pytest.raises(Taken):
        await database.write(work)
    assert (turns, await said(database), await database.pool.fetchval("SELECT count(*) FROM marks")) == (1, [], 0)


async def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    await asyncio.gather(*(database.write(lambda tx, n=n: count_up(tx, str(n))) for n in range(8)))  # type: ignore[misc]
    assert (await count(database), sorted(await said(database))) == (8, [str(n) for n in range(8)])


@pytest.mark.parametrize("sql", [LOAD_WITH_MARKS, LOAD_AS_READ])
async def test_after_a_wait_what_is_beside_the_row_is_as_new_as_the_row(database: Database, sql: str) -> None:
    async def locked() -> int:
        async with database.transaction() as tx:
            row = await tx.load(ADA, sql, ADA, lock="c")
            assert row is not None
            return int(row["marks"])

    async with database.transaction() as tx:
        await count_up(tx)
        later = asyncio.create_task(locked())
        await until_one_waits(database)
        await tx.execute(MARK, ADA, "one")
    assert await later == 1


@pytest.mark.parametrize(("sql", "statements"), [(LOAD, 1), (LOAD_WITH_MARKS, 2), (LOAD_AS_READ, 1)])
async def test_a_locked_load_is_one_statement_where_it_can_tell_that_all_is_of_one_moment(
    database: Database, sql: str, statements: int
) -> None:
    asked = Statements()
    async with database.transaction() as tx:
        with listening(tx, asked):
            await tx.load(ADA, sql, ADA, lock="c")
            await tx.emit(described("Ada"))
    assert asked.asked == ["SELECT"] * statements


async def test_in_a_transaction_a_save_is_written_at_once(database: Database) -> None:
    async with database.transaction() as tx:
        await count_up(tx, "Ada")
        row = await tx.connection.fetchrow(LOAD, ADA)
        assert row["count"] == 1
        with pytest.raises(Overtaken):
            await tx.save(ADA, SAVE, ADA, 0, 2)
    assert await said(database) == ["Ada"]


async def test_nothing_is_said_with_the_key_of_another_row_or_of_one_that_is_not_held(database: Database) -> None:
    async def stranger(tx: Tx) -> None:
        await tx.save(ADA, SAVE, ADA, 0, 1, says=[described("Bob", BOB)])

    async def only_loaded(tx: Tx) -> None:
        await tx.load(ADA, LOAD, ADA, lock="c")
        await tx.emit(described("Ada"))

    async def saved_another(tx: Tx) -> None:
        await count_up(tx)
        await tx.emit(described("Bob", BOB))

    for work in (stranger, only_loaded, saved_another):
        with pytest.raises(KeyNotLocked):
            await database.write(work)
    assert (await count(database), await said(database)) == (0, [])


async def test_a_save_needs_a_statement_that_tells_whether_it_wrote(database: Database) -> None:
    with pytest.raises(KeyNotLocked):
        await database.write(lambda tx: tx.save(ADA, SAVE.replace("RETURNING id", ""), ADA, 0, 1))


async def test_after_the_commit_it_is_told_what_was_woken_and_who_changed(database: Database) -> None:
    told: list[tuple[set[str], set[UUID], set[bool]]] = []
    database.after_commit.append(lambda tx: told.append((tx.woken, tx.changed_people, tx.said)))

    async def work(tx: Tx) -> None:
        tx.wake("job")
        await count_up(tx, "Ada")

    async def begun(tx: Tx) -> None:
        await work(tx)
        await tx.execute(MARK, ADA, "one")

    for one in (work, begun):
        await database.write(one)
    assert told == [({"job"}, {ADA}, {True})] * 2


async def test_reading_refuses_before_anything_is_written(database: Database) -> None:
    async with database.reading() as tx:
        for work in (
            tx.execute(MARK, ADA, "one"),
            tx.lock(ADA, LOCK, ADA),
            tx.note(MARK, ADA, "one"),
            tx.save(ADA, SAVE, ADA, 0, 1),
        ):
            with pytest.raises(OnlyReading):
                await work
        row = await tx.load(ADA, LOAD, ADA, lock="c")
        assert row is not None
    assert await database.pool.fetchval("SELECT count(*) FROM marks") == 0


async def test_what_happened_has_the_time_of_the_message_else_now(database: Database) -> None:
    async with database.transaction() as tx:
        earlier = tx.now - timedelta(hours=1)
        before = tx.happened
        with tx.caused_by(Received(uuid4(), "x", earlier, uuid4(), described("Ada"))):
            within = tx.happened
    assert (before, within) == (tx.now, earlier)


async def test_what_was_read_before_is_not_read_again_unless_it_changed_meanwhile(database: Database) -> None:
    async with database.reading() as seen:
        assert await seen.load(ADA, LOAD, ADA, lock="c") is not None
        assert await seen.load(BOB, LOAD, BOB, lock="c") is None
    assert await asked_of(database, count_up, after=seen) == ["UPDATE"]
    # Now `seen` is out of date: the save tells, and the row is locked and read.
    locked = ["UPDATE", "BEGIN", "SELECT", "UPDATE", "COMMIT"]
    assert await asked_of(database, count_up, after=seen) == locked
    assert await count(database) == 2

    await database.pool.execute(ADD, BOB)

    async def find_bob(tx: Tx) -> object:
        return await tx.load(BOB, LOAD, BOB, lock="c")

    assert await database.write(find_bob, after=seen) is not None
