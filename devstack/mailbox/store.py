"""The mails. They are kept raw in one SQLite file; the data for lists and searches is in memory too. One process and
one thread use it."""

import secrets
from collections.abc import Iterable, Iterator, Set
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson

from devstack.mailbox.message import Json, Mail
from devstack.mailbox.search import Query, Searchable
from devstack.sqlite_file import open_whole

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, read INTEGER NOT NULL DEFAULT 0,
        summary TEXT NOT NULL, words TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (id TEXT PRIMARY KEY, raw BLOB NOT NULL);
"""
LOAD = "SELECT seq, id, read, summary FROM mails ORDER BY seq"
ADD = "INSERT INTO mails (id, summary, words) VALUES (?, ?, ?)"
ADD_SOURCE = "INSERT INTO sources (id, raw) VALUES (?, ?)"
SOURCE = "SELECT raw FROM sources WHERE id = ?"
MARK_READ = "UPDATE mails SET read = 1 WHERE id = ?"
HAVING_WORDS = "SELECT id FROM mails WHERE words LIKE ? ESCAPE '\\'"
DELETE = "DELETE FROM mails WHERE id = ?"
DELETE_SOURCE = "DELETE FROM sources WHERE id = ?"
DELETE_ALL = "DELETE FROM mails"
DELETE_ALL_SOURCES = "DELETE FROM sources"

_ID_BYTES = 11


class Entry(NamedTuple):
    """`seq` grows with every mail; `summary` is Mailpit's MessageSummary without `Read`, as JSON."""

    seq: int
    searchable: Searchable
    summary: str

    def described(self) -> Json:
        described: Json = orjson.loads(self.summary)
        return described | {"Read": self.searchable.read}


class Store:
    """Keeps the newest `keep` mails. The oldest one is deleted when a new one comes."""

    def __init__(self, file: Path, keep: int) -> None:
        self._db = open_whole(file, SCHEMA, "the mails in it are gone then")
        self._keep = keep
        self._entries: dict[str, Entry] = {}
        self._by_to: dict[str, set[str]] = {}
        self._unread = 0
        for row in self._db.execute(LOAD):
            self._remember(_entry(*row))

    def close(self) -> None:
        self._db.close()

    def add(self, raw: bytes, mail: Mail, created: datetime) -> str:
        """Keep a mail. It is on disk when this returns."""
        mail_id = secrets.token_hex(_ID_BYTES)
        summary = {
            "ID": mail_id,
            "MessageID": mail.message_id,
            **mail.people,
            "Subject": mail.subject,
            "Created": rfc3339(created),
            "Username": "",
            "Tags": [],
            "Size": len(raw),
            "Attachments": sum(not each.inline for each in mail.attachments),
            "Snippet": mail.snippet,
        }
        people = " ".join(
            f"{each['Name']} {each['Address']}"
            for field in mail.people.values()
            for each in (field if isinstance(field, list) else [field])
        )
        text = orjson.dumps(summary).decode()
        oldest = list(islice(self._entries, max(0, len(self._entries) + 1 - self._keep)))
        self._db.execute("BEGIN IMMEDIATE")
        seq = int(self._db.execute(ADD, (mail_id, text, f"{people} {mail.subject} {mail.text}".lower())).lastrowid or 0)
        self._db.execute(ADD_SOURCE, (mail_id, raw))
        if oldest:
            self._delete_rows(oldest)
        self._db.execute("COMMIT")
        self._forget(oldest)
        self._remember(_entry(seq, mail_id, 0, text))
        return mail_id

    def counts(self) -> tuple[int, int]:
        """The number of mails, and the number of unread ones."""
        return len(self._entries), self._unread

    def newest_first(self, query: Query | None = None) -> Iterator[Entry]:
        if query is None:
            return iter(reversed(self._entries.values()))
        if not query.to:
            return (entry for entry in reversed(self._entries.values()) if query.holds(entry.searchable))
        named = (
            mail_id
            for to, mail_ids in self._by_to.items()
            if any(part in to for part in query.to)
            for mail_id in mail_ids
        )
        entries = sorted((self._entries[mail_id] for mail_id in named), key=lambda entry: -entry.seq)
        return (entry for entry in entries if query.holds(entry.searchable))

    def find(self, mail_id: str) -> Entry | None:
        return self._entries.get(mail_id)

    def source(self, mail_id: str) -> bytes | None:
        row = self._db.execute(SOURCE, (mail_id,)).fetchone()
        return None if row is None else bytes(row[0])

    def having_words(self, phrase: str) -> Set[str]:
        escaped = phrase.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return {row[0] for row in self._db.execute(HAVING_WORDS, (f"%{escaped}%",))}

    def mark_read(self, mail_id: str) -> None:
        entry = self._entries.get(mail_id)
        if entry is None or entry.searchable.read:
            return
        self._db.execute(MARK_READ, (mail_id,))
        self._entries[mail_id] = Entry(entry.seq, entry.searchable._replace(read=True), entry.summary)
        self._unread -= 1

    def delete(self, mail_ids: Iterable[str]) -> None:
        known = [mail_id for mail_id in dict.fromkeys(mail_ids) if mail_id in self._entries]
        self._db.execute("BEGIN IMMEDIATE")
        self._delete_rows(known)
        self._db.execute("COMMIT")
        self._forget(known)

    def delete_all(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(DELETE_ALL)
        self._db.execute(DELETE_ALL_SOURCES)
        self._db.execute("COMMIT")
        self._entries.clear()
        self._by_to.clear()
        self._unread = 0

    def _delete_rows(self, mail_ids: list[str]) -> None:
        self._db.executemany(DELETE, [(mail_id,) for mail_id in mail_ids])
        self._db.executemany(DELETE_SOURCE, [(mail_id,) for mail_id in mail_ids])

    def _remember(self, entry: Entry) -> None:
        self._entries[entry.searchable.id] = entry
        self._by_to.setdefault(entry.searchable.to, set()).add(entry.searchable.id)
        self._unread += not entry.searchable.read

    def _forget(self, mail_ids: list[str]) -> None:
        for mail_id in mail_ids:
            gone = self._entries.pop(mail_id).searchable
            self._unread -= not gone.read
            same = self._by_to[gone.to]
            same.discard(mail_id)
            if not same:
                del self._by_to[gone.to]


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entry(seq: int, mail_id: str, read: int, summary: str) -> Entry:
    known: Json = orjson.loads(summary)

    def people(name: str) -> str:
        return orjson.dumps(known[name]).decode().lower()

    searchable = Searchable(
        id=mail_id,
        to=people("To"),
        sender=people("From"),
        cc=people("Cc"),
        bcc=people("Bcc"),
        reply_to=people("ReplyTo"),
        subject=known["Subject"].lower(),
        message_id=known["MessageID"].lower(),
        attachments=known["Attachments"],
        read=bool(read),
    )
    return Entry(seq, searchable, summary)
