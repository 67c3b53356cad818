"""The data of the sandbox, in one SQLite file. A restart loses nothing. One process and one thread use it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from devstack.sqlite_file import open_whole
from devstack.stripe_sandbox.refusals import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    kind TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.object')) STORED,
    created INTEGER NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.created')) STORED,
    status TEXT GENERATED ALWAYS AS (json_extract(body, '$.status')) STORED,
    type TEXT GENERATED ALWAYS AS (json_extract(body, '$.type')) STORED,
    currency TEXT GENERATED ALWAYS AS (json_extract(body, '$.currency')) STORED,
    payment_intent TEXT GENERATED ALWAYS AS (json_extract(body, '$.payment_intent')) STORED,
    charge TEXT GENERATED ALWAYS AS (json_extract(body, '$.charge')) STORED,
    source TEXT GENERATED ALWAYS AS (json_extract(body, '$.source')) STORED,
    expires_at INTEGER GENERATED ALWAYS AS (json_extract(body, '$.expires_at')) STORED,
    email TEXT GENERATED ALWAYS AS (json_extract(body, '$.customer_details.email')) STORED,
    application_id TEXT GENERATED ALWAYS AS (json_extract(body, '$.metadata.application_id')) STORED
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_status ON objects (kind, status) WHERE status IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_payment_intent ON objects (payment_intent) WHERE payment_intent IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (charge) WHERE charge IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_application ON objects (application_id) WHERE application_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS open_sessions ON objects (expires_at) WHERE kind = 'checkout.session' AND status = 'open';
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, path TEXT NOT NULL, request_id TEXT NOT NULL,
    status INTEGER NOT NULL, body BLOB NOT NULL, created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL, at INTEGER NOT NULL, method TEXT NOT NULL,
        path TEXT NOT NULL,
    params TEXT NOT NULL, idempotency_key TEXT
);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

PUT = "INSERT INTO objects (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
GET = "SELECT body FROM objects WHERE id = ?"
SEQ = "SELECT seq FROM objects WHERE id = ? AND kind = ?"
OVERDUE = (
    "SELECT body FROM objects INDEXED BY open_sessions WHERE kind = 'checkout.session' AND status ="
    " 'open' AND expires_at <= ? ORDER BY expires_at"
)
NEXT_EXPIRY = (
    "SELECT min(expires_at) FROM objects INDEXED BY open_sessions WHERE kind = 'checkout.session' AND status = 'open'"
)
ADD_DELIVERY = "INSERT INTO deliveries (event_id, due) VALUES (?, ?)"
DELIVERIES = "SELECT due, id FROM deliveries"
DELIVERY = "SELECT d.event_id, d.attempts, o.body FROM deliveries d JOIN objects o ON o.id = d.event_id WHERE d.id = ?"
POSTPONE = "UPDATE deliveries SET due = ?, attempts = attempts + 1 WHERE id = ?"
DELIVERED = "DELETE FROM deliveries WHERE id = ?"
PENDING = "SELECT count(*) FROM deliveries WHERE event_id = ?"
ALL_PENDING = "SELECT count(*) FROM deliveries"
ANSWER = "SELECT fingerprint, path, request_id, status, body FROM answers WHERE idempotency_key = ? AND created > ?"
SAVE_ANSWER = (
    "INSERT OR REPLACE INTO answers (idempotency_key, fingerprint, path, request_id, status,"
    " body, created) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
ADD_REQUEST = "INSERT INTO requests (request_id, at, method, path, params, idempotency_key) VALUES (?, ?, ?, ?, ?, ?)"
REQUESTS = (
    "SELECT id, request_id, at, method, path, params, idempotency_key FROM requests WHERE id > ?"
    " AND (?2 IS NULL OR path = ?2) ORDER BY id LIMIT ?3"
)
FORGET_REQUESTS = "DELETE FROM requests"
SWITCH = "SELECT value FROM switches WHERE name = ?"
SET_SWITCH = "INSERT OR REPLACE INTO switches (name, value) VALUES (?, ?)"
TRIM = (
    "DELETE FROM requests WHERE id <= (SELECT max(id) FROM requests) - ?1",
    "DELETE FROM objects WHERE kind = 'event' AND seq <= (SELECT max(seq) FROM objects) - ?1"
    " AND id NOT IN (SELECT event_id FROM deliveries)",
)
FORGET_ANSWERS = "DELETE FROM answers WHERE created <= ?"

# Each filter of a list call, and its condition on a row.
FILTERS: Mapping[str, str] = {
    "created.gt": "created > ?",
    "created.gte": "created >= ?",
    "created.lt": "created < ?",
    "created.lte": "created <= ?",
    "status": "status = ?",
    "type": "type = ?",
    "types": "type IN (SELECT value FROM json_each(?))",
    "currency": "currency = ?",
    "payment_intent": "payment_intent = ?",
    "charge": "charge = ?",
    "source": "source = ?",
    "email": "email = ? COLLATE NOCASE",
    "application_id": "application_id = ?",
    "after": "seq < ?",
    "before": "seq > ?",
}


class Answer(NamedTuple):
    fingerprint: str
    path: str
    request_id: str
    status: int
    body: bytes


class Delivery(NamedTuple):
    event_id: str
    attempts: int
    body: str


class Store:
    def __init__(self, file: Path) -> None:
        self._db = open_whole(file, SCHEMA, "the payments in it are unknown to the sandbox then")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, stored: Json) -> None:
        self._db.execute(PUT, (stored["id"], orjson.dumps(stored).decode()))

    def get(self, object_id: str) -> Json | None:
        row = self._db.execute(GET, (object_id,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def position(self, object_id: str, kind: str) -> int | None:
        """The object's place in the order of creation; None if there is no such object of that kind."""
        row = self._db.execute(SEQ, (object_id, kind)).fetchone()
        return None if row is None else int(row[0])

    def find(self, kind: str, filters: Mapping[str, Any], limit: int, oldest_first: bool = False) -> list[Json]:
        """The newest (or oldest) objects of a kind that pass all filters, at most `limit`."""
        where = " AND ".join(["kind = ?", *(FILTERS[name] for name in filters)])
        query = f"SELECT body FROM objects WHERE {where} ORDER BY seq {'ASC' if oldest_first else 'DESC'} LIMIT ?"
        return [orjson.loads(row[0]) for row in self._db.execute(query, (kind, *filters.values(), limit))]

    def overdue(self, now: int) -> list[Json]:
        return [orjson.loads(row[0]) for row in self._db.execute(OVERDUE, (now,))]

    def next_expiry(self) -> int | None:
        row = self._db.execute(NEXT_EXPIRY).fetchone()
        return None if row[0] is None else int(row[0])

    def add_delivery(self, event_id: str, due: float) -> int:
        return int(self._db.execute(ADD_DELIVERY, (event_id, due)).lastrowid or 0)

    def deliveries(self) -> list[tuple[float, int]]:
        return list(self._db.execute(DELIVERIES))

    def delivery(self, delivery_id: int) -> Delivery | None:
        row = self._db.execute(DELIVERY, (delivery_id,)).fetchone()
        return None if row is None else Delivery(*row)

    def postpone(self, delivery_id: int, due: float) -> None:
        self._db.execute(POSTPONE, (due, delivery_id))

    def delivered(self, delivery_id: int) -> None:
        self._db.execute(DELIVERED, (delivery_id,))

    def pending(self, event_id: str | None = None) -> int:
        """The sendings that are not confirmed yet, of one event or of all."""
        row = self._db.execute(PENDING, (event_id,)) if event_id else self._db.execute(ALL_PENDING)
        return int(row.fetchone()[0])

    def answer(self, key: str, newer_than: int) -> Answer | None:
        row = self._db.execute(ANSWER, (key, newer_than)).fetchone()
        return None if row is None else Answer(*row)

    def save_answer(self, key: str, answer: Answer, now: int) -> None:
        self._db.execute(SAVE_ANSWER, (key, *answer, now))

    def add_request(self, request_id: str, at: int, method: str, path: str, params: Json, key: str | None) -> int:
        return int(
            self._db.execute(ADD_REQUEST, (request_id, at, method, path, orjson.dumps(params).decode(), key)).lastrowid
            or 0
        )

    def requests(self, after: int, path: str | None, limit: int) -> list[Json]:
        names = ("id", "request_id", "at", "method", "path", "params", "idempotency_key")
        rows = [dict(zip(names, row, strict=True)) for row in self._db.execute(REQUESTS, (after, path, limit))]
        return [row | {"params": orjson.loads(row["params"])} for row in rows]

    def forget_requests(self) -> None:
        self._db.execute(FORGET_REQUESTS)

    def switch(self, name: str) -> Json:
        row = self._db.execute(SWITCH, (name,)).fetchone()
        return {} if row is None else orjson.loads(row[0])

    def set_switch(self, name: str, value: Json) -> None:
        self._db.execute(SET_SWITCH, (name, orjson.dumps(value).decode()))

    def trim(self, newest: int, answers_before: int) -> None:
        """Keep roughly the newest requests and events, and delete answers older than the lifetime of an idempotency
        key."""
        with self.transaction():
            for statement in TRIM:
                self._db.execute(statement, (newest,))
            self._db.execute(FORGET_ANSWERS, (answers_before,))
