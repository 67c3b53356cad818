"""Mailpit's API v1 over the store, with Mailpit's own names and capitals."""

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from devstack.mailbox.message import Json, Mail, parse, unsubscribing
from devstack.mailbox.search import compiled
from devstack.mailbox.store import Entry, Store, rfc3339

DEFAULT_LIMIT = 50
_UNSAFE = frozenset({"text/html", "text/xml", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xsl"})


class Api:
    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/messages", self.messages, methods=["GET"]),
            Route("/api/v1/messages", self.delete, methods=["DELETE"]),
            Route("/api/v1/search", self.search, methods=["GET"]),
            Route("/api/v1/message/{id}", self.message, methods=["GET"]),
            Route("/api/v1/message/{id}/headers", self.headers, methods=["GET"]),
            Route("/api/v1/message/{id}/raw", self.raw, methods=["GET"]),
            Route("/api/v1/message/{id}/part/{part}", self.part, methods=["GET"]),
        ]

    async def messages(self, request: Request) -> Response:
        return self._listed(request, list(self._store.newest_first()))

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("query", "").strip()
        if not query:
            return PlainTextResponse("Error: no search query", 400)
        return self._listed(request, list(self._store.newest_first(compiled(query, self._store.having_words))))

    async def message(self, request: Request) -> Response:
        """The whole mail. It is marked read."""
        entry, mail = self._wanted(request)
        if entry is None or mail is None:
            return _not_found()
        self._store.mark_read(entry.searchable.id)
        return _json(described(entry, mail))

    async def headers(self, request: Request) -> Response:
        _, mail = self._wanted(request)
        return _not_found() if mail is None else _json(mail.headers)

    async def raw(self, request: Request) -> Response:
        entry = self._entry(request)
        source = None if entry is None else self._store.source(entry.searchable.id)
        return _not_found() if source is None else Response(source, media_type="text/plain; charset=utf-8")

    async def part(self, request: Request) -> Response:
        _, mail = self._wanted(request)
        found = (
            next((each for each in mail.attachments if each.part_id == request.path_params["part"]), None)
            if mail
            else None
        )
        if found is None:
            return _not_found()
        media_type = "application/octet-stream" if found.media_type in _UNSAFE else found.media_type
        return Response(
            found.content,
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
            media_type=media_type,
        )

    async def delete(self, request: Request) -> Response:
        """Delete the mails named in `{"IDs": [...]}`; all if none is named, like Mailpit."""
        try:
            body = orjson.loads(await request.body() or b"{}")
        except orjson.JSONDecodeError:
            body = {}
        named = body.get("IDs") if isinstance(body, dict) else None
        if isinstance(named, list) and named:
            self._store.delete(str(each) for each in named)
        else:
            self._store.delete_all()
        return PlainTextResponse("ok")

    def _listed(self, request: Request, found: list[Entry]) -> Response:
        start, limit = _page(request.query_params)
        shown = found[start:] if limit is None else found[start : start + limit]
        total, unread = self._store.counts()
        return _json(
            {
                "total": total,
                "unread": unread,
                "count": len(shown),
                "messages_count": len(found),
                "messages_unread": sum(not each.searchable.read for each in found),
                "start": start,
                "tags": [],
                "messages": [each.described() for each in shown],
            }
        )

    def _entry(self, request: Request) -> Entry | None:
        wanted = request.path_params["id"]
        return next(self._store.newest_first(), None) if wanted == "latest" else self._store.find(wanted)

    def _wanted(self, request: Request) -> tuple[Entry | None, Mail | None]:
        entry = self._entry(request)
        source = None if entry is None else self._store.source(entry.searchable.id)
        return entry, None if source is None else parse(source)


def described(entry: Entry, mail: Mail) -> Json:
    """Mailpit's Message."""
    summary = entry.described()
    return {
        "ID": summary["ID"],
        "MessageID": mail.message_id,
        **mail.people,
        "ReturnPath": next(iter(mail.headers.get("Return-Path", [])), "").strip("<>") or mail.people["From"]["Address"],
        "Subject": mail.subject,
        "ListUnsubscribe": unsubscribing(mail.headers),
        "Date": rfc3339(mail.date) if mail.date else summary["Created"],
        "Tags": [],
        "Username": "",
        "Text": mail.text,
        "HTML": mail.html,
        "Size": summary["Size"],
        "Inline": [each.described() for each in mail.attachments if each.inline],
        "Attachments": [each.described() for each in mail.attachments if not each.inline],
    }


def _page(query: QueryParams) -> tuple[int, int | None]:
    """The start and length of a list. A value that is not a number is ignored, and a limit of 0 means all."""
    start, limit = query.get("start", ""), query.get("limit", "")
    shown = int(limit) if limit.isdecimal() else DEFAULT_LIMIT
    return int(start) if start.isdecimal() else 0, shown or None


def _json(content: Json) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _not_found() -> Response:
    return PlainTextResponse("404 page not found", 404)
