"""Idempotency keys: a creating request that is sent twice with one key happens once and is answered twice."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from chassis.database.transaction import Tx
from chassis.http.api import edge
from contracts.refusals import Fault, Invalid, Text

CLAIM_KEY = """
    INSERT INTO idempotency_keys (who, key, fingerprint, at) VALUES ($1, $2, $3,
        $4) ON CONFLICT DO NOTHING RETURNING key
"""
FIND_KEY = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE who = $1 AND key = $2"
KEEP_ANSWER = "UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE who = $1 AND key = $2"


@dataclass(frozen=True)
class Answer:
    """The answer of a creating POST."""

    status: int
    body: BaseModel | Mapping[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


async def answer_once(
    request: Request, who: object, work: Callable[[Tx], Awaitable[Answer]], after: Tx | None = None
) -> Response:
    """Run `work` by `Database.write` (`after` is described there) and answer.

    With an `Idempotency-Key`, the same key and body of this person give the same answer again. The answer is stored in
    the same transaction as the effects. Raises Invalid for the same key with another body. A refused request stores
    nothing, so it may be tried again.
    """
    if "Idempotency-Key" not in request.headers:
        return _json_of(await edge(request).write(work, after))
    return await edge(request).write(lambda tx: _claimed(tx, request, who, work), after)


async def _claimed(tx: Tx, request: Request, who: object, work: Callable[[Tx], Awaitable[Answer]]) -> Response:
    """The answer to a request with an `Idempotency-Key`: a new one or the stored one. Raises Invalid."""
    key = request.headers["Idempotency-Key"]
    if not 1 <= len(key) <= 255:
        raise Invalid(Fault("Idempotency-Key", Text("must have 1 to 255 characters; a UUID is usual")))
    fingerprint = hashlib.sha256(
        b"\0".join((request.method.encode(), request.url.path.encode(), await request.body()))
    ).digest()
    if await tx.fetchrow(CLAIM_KEY, str(who), key, fingerprint, tx.now) is None:
        row = await tx.fetchrow(FIND_KEY, str(who), key)
        if row is None or row["fingerprint"] != fingerprint:
            raise Invalid(
                Fault("Idempotency-Key", Text("was used for another request; use a new key for a new request"))
            )
        return JSONResponse(
            row["body"], status_code=row["status"], headers={**row["headers"], "Idempotent-Replayed": "true"}
        )
    answer = await work(tx)
    response = _json_of(answer)
    await tx.execute(KEEP_ANSWER, str(who), key, answer.status, answer.headers, orjson.loads(bytes(response.body)))
    return response


def _json_of(answer: Answer) -> Response:
    """The response for an answer."""
    body = (
        answer.body.model_dump_json()
        if isinstance(answer.body, BaseModel)
        else orjson.dumps(dict(answer.body), default=str, option=orjson.OPT_UTC_Z)
    )
    return Response(body, status_code=answer.status, headers=answer.headers, media_type="application/json")
