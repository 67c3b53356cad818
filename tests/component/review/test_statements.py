"""The number of a command's statements in the usual case."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.component.review.bench_of_judges import AWARD, Bench, withdrawal


class Listening:
    """The pool of a service; `asked` are the statements, each by its first word."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection:
            connection.add_query_logger(self._hear)
            try:
                yield connection
            finally:
                connection.remove_query_logger(self._hear)

    def _hear(self, record: asyncpg.connection.LoggedQuery) -> None:
        if "typeinfo_tree" not in record.query and "'jit'" not in record.query:  # asyncpg gets to know types
            self.asked.append(record.query.split()[0].rstrip(";"))


async def asked(bench: Bench, method: str, path: str, who: UUID, json: Any = None, key: str | None = None) -> list[str]:
    """What an accepted command asked."""
    database = bench.one.database
    assert (await bench.call("GET", "/cases/" + str(uuid4()), who)).status_code == 404  # who they are is remembered
    database.pool, former = Listening(database.pool), database.pool
    try:
        answer = await bench.call(method, path, who, json, key)
        assert answer.is_success, answer.text
        return database.pool.asked
    finally:
        database.pool = former


STANDING, LOAD, SAVE, IN_ONE = "SELECT", "SELECT", "WITH", ["BEGIN", "COMMIT"]


async def test_who_judges(bench: Bench) -> None:
    case, _ = await bench.case()
    path = f"/cases/{case}"
    clear, conflict = {"conflict": False}, {"conflict": True, "reason": "Kin."}
    drafted = {"items": {item: {"level": "demonstrated", "note": "Even."} for item in ("weft", "warp")}}
    assert await asked(bench, "POST", f"{path}/declaration", bench.ann, clear) == [LOAD, SAVE]
    assert await asked(bench, "PUT", f"{path}/scores", bench.ann, drafted) == [STANDING, LOAD, SAVE]
    assert await asked(bench, "POST", f"{path}/scores/submission", bench.ann) == [LOAD, SAVE]
    assert await asked(bench, "POST", f"{path}/declaration", bench.ben, conflict) == [STANDING, LOAD, SAVE]


async def test_who_decides(bench: Bench) -> None:
    case, _ = await bench.deciding()
    commands = await asked(bench, "POST", f"/cases/{case}/decision", bench.chair, AWARD)
    assert commands == [STANDING, LOAD, "BEGIN", SAVE, "INSERT", "COMMIT"]  # the last INSERT: what is said


async def test_who_assigns(bench: Bench) -> None:
    case, _ = await bench.case()
    dora = await bench.reviewer()
    body = {"person_id": str(dora)}
    commands = await asked(bench, "POST", f"/cases/{case}/assignments", bench.staff, body)
    hold, candidate, vacancy = "SELECT", "WITH", "SELECT"  # what makes a conflict may not change meanwhile
    assert commands == [LOAD, "BEGIN", hold, candidate, vacancy, SAVE, "INSERT", "COMMIT"]


async def test_who_changes_their_profile(bench: Bench) -> None:
    body = {"credentials": ["weaving"], "capacity": 3, "institution": "South College", "agreement": None}
    assert await asked(bench, "PUT", "/me", bench.ann, body) == ["SELECT", "SELECT", SAVE]
    hold, seated = "SELECT", "SELECT"  # another institution may make a conflict
    commands = await asked(bench, "PUT", "/me", bench.ann, body | {"institution": "East College"})
    assert commands == ["SELECT", "SELECT", "BEGIN", SAVE, hold, seated, "COMMIT"]


async def test_the_job_that_looks_for_people_asks_once_while_no_case_lacks_any(bench: Bench) -> None:
    await bench.case()
    database = bench.one.database
    database.pool, former = Listening(database.pool), database.pool
    await bench.one.run_job("assign")
    listening, database.pool = database.pool, former
    assert listening.asked == ["SELECT"]


async def test_room_is_looked_for_only_while_a_case_lacks_somebody(bench: Bench) -> None:
    case, _ = await bench.case()
    woken: list[set[str]] = []
    await bench.score(case, bench.ann)
    await bench.declare(case, bench.ben)
    drafted = {"items": {item: {"level": "demonstrated"} for item in ("weft", "warp")}}
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ben, drafted)
    other, submitted = await bench.case()
    await bench.ok("POST", f"/cases/{other}/declaration", bench.ann, {"conflict": True})
    bench.one.database.after_commit.append(lambda tx: woken.append(set(tx.woken)))
    await bench.ok("POST", f"/cases/{case}/scores/submission", bench.ben)
    await bench.one.deliver(withdrawal(submitted))
    third, _ = await bench.case()
    await bench.declare(third, bench.ben)
    await bench.ok("PUT", f"/cases/{third}/scores", bench.ben, drafted)
    woken_before = len(woken)
    await bench.ok("POST", f"/cases/{third}/scores/submission", bench.ben)
    assert (woken[0], woken[woken_before:]) == ({"assign"}, [set()])
