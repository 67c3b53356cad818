"""The tables are ready for later features (further decisions, more roles on a panel), and earlier data is kept."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from chassis.database.migrations import migrate
from services.review.domain import cases
from services.review.domain.seats import Seat
from services.review.store import cases as store
from tests.component.review.bench_of_judges import AWARD, Bench
from tests.conftest import NewDatabase

MIGRATIONS = Path(__file__).resolve().parents[3] / "services/review/migrations"
BEFORE = """
    INSERT INTO credentials VALUES ('weaving', 2, 1, 'open', 'Weaving', '[["warp","Warp"]]', '[]', '[]', 3, 14, '7',
        '');
    INSERT INTO cases VALUES ('{case}', '{application}', '{person}', 'S-234567', 'weaving', 2, 1, 'decided', 2, '[]',
        '[]', now(), now(), '{case}', 5);
    INSERT INTO seats VALUES ('{case}', '{chair}', 'chair', 'submitted', '{{}}', NULL, NULL, now(), 1);
    INSERT INTO decisions VALUES ('{case}', '{decision}', 'awarded', '[]', '{claim}', '{claim}', NULL, '{chair}',
        now());
    INSERT INTO erasures VALUES ('{person}', now(), NULL, true);
"""
CLAIM = {"name": "review/x/y", "sha256": "0" * 64, "size": 1, "media_type": "text/plain"}


async def test_data_of_a_running_system_is_kept(new_database: NewDatabase, tmp_path: Path) -> None:
    dsn, former = await new_database("chassis"), tmp_path / "review" / "migrations"
    former.mkdir(parents=True)
    for file in MIGRATIONS.glob("000*.sql"):
        shutil.copy(file, former)
    await migrate(dsn, former)
    ids = {name: uuid4() for name in ("case", "application", "person", "chair", "decision")}
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(BEFORE.format(claim=json.dumps(CLAIM), **ids))
        assert "review/0010_decisions_and_panels.sql" in await migrate(dsn, MIGRATIONS)
        case = await connection.fetchrow("SELECT case_id, state, panel, version FROM cases")
        assert tuple(case) == (ids["case"], "decided", ["chair", "reviewer", "reviewer"], 5)
        panel = await connection.fetchval("SELECT panel FROM credentials")
        assert panel == ["chair", "reviewer", "reviewer", "reviewer"]
        decision = await connection.fetchrow("SELECT case_id, number, decision_id, outcome FROM decisions")
        assert tuple(decision) == (ids["case"], 1, ids["decision"], "awarded")
        seat = await connection.fetchrow("SELECT person_id, role, state FROM seats")
        assert tuple(seat) == (ids["chair"], "chair", "submitted")
        assert (
            await connection.fetchval("SELECT finished FROM erased_people WHERE person_id = $1", ids["person"]) is True
        )
    finally:
        await connection.close()


FURTHER = """
    INSERT INTO decisions (case_id, number, decision_id, outcome, results, letter, feedback, reasons, decided_by,
        decided_at)
    SELECT case_id, 2, $2, 'not_yet', results, letter, feedback, reasons, decided_by, decided_at
    FROM decisions WHERE case_id = $1
"""


async def test_of_several_decisions_the_last_stands_and_all_texts_are_kept(bench: Bench) -> None:
    case, _ = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    first = await bench.ok("GET", f"/cases/{case}", bench.staff)
    await bench.one.database.pool.execute(FURTHER, UUID(case), uuid4())
    last = await bench.ok("GET", f"/cases/{case}", bench.staff)
    assert (first["decision"]["outcome"], last["decision"]["outcome"]) == ("awarded", "not_yet")
    assert last["decision"] == first["decision"] | {"outcome": "not_yet"}


async def test_a_panel_of_more_roles_and_their_seats_are_kept(bench: Bench) -> None:
    case, submitted = await bench.case()
    panel = ["chair", "reviewer", "reviewer", "appeal_chair", "appeal_reviewer", "appeal_reviewer"]
    await bench.one.database.pool.execute("UPDATE cases SET panel = $2 WHERE case_id = $1", UUID(case), panel)
    async with bench.one.database.transaction() as tx:
        before = await store.load(tx, submitted.application_id)
        assert before is not None
        after = before.case
        for role in panel[3:]:
            after = cases.with_seat(after, Seat(uuid4(), role))
        await store.save(tx, before.case, after)
    async with bench.one.database.reading() as tx:
        found = await store.load(tx, submitted.application_id)
    assert found is not None
    assert found.case == replace(after, version=before.case.version + 1)
    assert sorted(seat.role for seat in found.case.seats) == sorted(panel)
    assert cases.missing(found.case) == []
