"""The refusals of API.md over HTTP, on a running system with an application in each state. None of them changes
anything."""

import io
import json
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from devstack.journey import FUNDAMENTALS
from devstack.walk import Person, Walk
from devstack.world import file_form
from tests.system.whole import Whole

pytestmark = pytest.mark.timeout(600)

NOBODY = str(uuid4())
MEGABYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@dataclass(frozen=True)
class Refused:
    """A request that must be refused, and how."""

    status: int
    type: str
    who: Person | None
    method: str
    service: str
    path: str
    options: dict[str, Any]
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cast:
    """Applications: `started` has nothing given yet, of `unpaid` the fee is due, `open` has nothing handed in, `judged`
    is in review."""

    started: Walk
    unpaid: Walk
    open: Walk
    judged: Walk
    stranger: Person


@pytest.fixture(scope="module")
async def cast(whole: Whole) -> Cast:
    async def applicant(name: str) -> Walk:
        return Walk(await whole.world.sign_in(f"{name}@example.org", name.title()), FUNDAMENTALS)

    cast = Cast(
        await applicant("started"),
        await applicant("unpaid"),
        await applicant("open"),
        await applicant("judged"),
        await whole.world.sign_in("stranger@example.org", "Sam Stranger"),
    )
    begun = await cast.started.applicant.do("POST", "intake", "/api/applications", json={"credential": FUNDAMENTALS})
    cast.started.application_id = begun["application_id"]
    for walk in (cast.unpaid, cast.open, cast.judged):
        await walk.start()
    await cast.unpaid.applicant.found("payments", f"/api/payments/{cast.unpaid.application_id}")
    for walk in (cast.open, cast.judged):
        await walk.pay()
    await cast.judged.assess()
    await cast.judged.hand_in()
    await cast.judged.submit()
    await cast.judged.until_state("in_review")
    await whole.people["chair@example.org"].found("review", f"/api/review/cases/{cast.judged.application_id}")
    await whole.insides.at_rest()
    return cast


def refusals(whole: Whole, cast: Cast) -> list[Refused]:
    found: list[Refused] = []

    def add(
        status: int,
        type: str,
        who: Person | None,
        method: str,
        service: str,
        path: str,
        fields: str = "",
        **options: Any,
    ) -> None:
        found.append(Refused(status, type, who, method, service, path, options, frozenset(fields.split())))

    start: dict[str, Any] = {"json": {"credential": FUNDAMENTALS}}
    places = {
        name: f"/api/applications/{getattr(cast, name).application_id}"
        for name in ("started", "unpaid", "open", "judged")
    }
    me = cast.open.applicant
    about = {"name": "A", "institution": "B", "position": "C"}

    # Applying
    add(409, "second_live_application", cast.started.applicant, "POST", "intake", "/api/applications", **start)
    add(409, "second_live_application", cast.judged.applicant, "POST", "intake", "/api/applications", **start)
    add(
        409,
        "credential_closed",
        cast.stranger,
        "POST",
        "intake",
        "/api/applications",
        json={"credential": "anti-racism"},
    )
    add(404, "not_found", cast.stranger, "POST", "intake", "/api/applications", json={"credential": "basket-weaving"})
    add(404, "not_found", None, "GET", "intake", "/api/credentials/basket-weaving")

    # Somebody else's, and nobody's
    for application_id in (cast.open.application_id, NOBODY):
        place = f"/api/applications/{application_id}"
        add(404, "not_found", cast.stranger, "GET", "intake", place)
        add(404, "not_found", cast.stranger, "PUT", "intake", f"{place}/basic-information", json=about)
        add(404, "not_found", cast.stranger, "PUT", "intake", f"{place}/materials/essay", json={"text": "Mine."})
        add(404, "not_found", cast.stranger, "GET", "intake", f"{place}/materials/essay")
        add(404, "not_found", cast.stranger, "POST", "intake", f"{place}/submission")
        add(404, "not_found", cast.stranger, "POST", "intake", f"{place}/withdrawal", json={"reason": "Not mine."})
        add(404, "not_found", cast.stranger, "GET", "payments", f"/api/payments/{application_id}")
        add(404, "not_found", cast.stranger, "POST", "payments", f"/api/payments/{application_id}/checkout")
    case = f"/api/review/cases/{cast.judged.application_id}"
    for who in (cast.stranger, cast.judged.applicant):
        add(404, "not_found", who, "GET", "review", case)
        add(
            404,
            "not_found",
            who,
            "POST",
            "review",
            f"{case}/decision",
            json={"outcome": "awarded", "feedback": {}, "letter": "Yes."},
        )
    add(404, "not_found", None, "GET", "badging", f"/badges/{NOBODY}.json")
    add(404, "not_found", whole.people["operator@example.org"], "GET", "ops", f"/api/ops/journeys/{NOBODY}")

    # Steps skipped, and steps gone back
    add(409, "wrong_state", cast.started.applicant, "POST", "intake", f"{places['started']}/submission")
    add(
        409,
        "wrong_state",
        cast.unpaid.applicant,
        "PUT",
        "intake",
        f"{places['unpaid']}/materials/essay",
        json={"text": "Early."},
    )
    add(
        409,
        "wrong_state",
        cast.unpaid.applicant,
        "PUT",
        "intake",
        f"{places['unpaid']}/path",
        json={"path": "video", "answer": "early-career"},
    )
    add(
        409,
        "wrong_state",
        cast.judged.applicant,
        "PUT",
        "intake",
        f"{places['judged']}/materials/essay",
        json={"text": "Late."},
    )
    add(409, "wrong_state", cast.judged.applicant, "PUT", "intake", f"{places['judged']}/basic-information", json=about)
    add(409, "wrong_state", cast.judged.applicant, "POST", "intake", f"{places['judged']}/submission")
    add(409, "wrong_state", me, "POST", "payments", f"/api/payments/{cast.open.application_id}/checkout")
    add(
        404,
        "not_found",
        cast.started.applicant,
        "POST",
        "payments",
        f"/api/payments/{cast.started.application_id}/checkout",
    )
    missing = "self-assessment cv professional-development path essay action-plan"
    add(409, "incomplete", me, "POST", "intake", f"{places['open']}/submission", fields=missing)
    add(
        409,
        "path_not_open",
        me,
        "PUT",
        "intake",
        f"{places['open']}/path",
        json={"path": "annotated", "answer": "early-career"},
    )

    # Bodies
    def upload(filename: str, content: bytes, media_type: str) -> dict[str, Any]:
        return {"form": partial(file_form, filename, content, media_type)}

    essay, cv = f"{places['open']}/materials/essay", f"{places['open']}/materials/cv"
    add(
        413,
        "too_large",
        me,
        "PUT",
        "intake",
        essay,
        data=io.BytesIO(b'{"text": "%s"}' % (b"x" * MEGABYTE)),
        headers=JSON,
    )
    add(413, "too_large", me, "PUT", "intake", cv, **upload("cv.txt", b"x" * (10 * MEGABYTE + 1), "text/plain"))
    add(415, "wrong_media_type", me, "PUT", "intake", cv, **upload("cv.txt", PNG, "text/plain"))
    add(415, "wrong_type", me, "PUT", "intake", cv, data=b"plain", headers={"Content-Type": "application/xml"})
    add(422, "invalid", me, "PUT", "intake", essay, fields="text", json={"text": "word " * 1001})
    add(422, "invalid", me, "PUT", "intake", essay, fields="body", data=b'{"text": ', headers=JSON)
    add(
        422,
        "invalid",
        me,
        "PUT",
        "intake",
        f"{places['open']}/basic-information",
        fields="surname",
        json=about | {"surname": "D"},
    )
    add(
        422,
        "invalid",
        me,
        "PUT",
        "intake",
        f"{places['open']}/basic-information",
        fields="position",
        json={"name": "A", "institution": "B"},
    )
    add(
        422,
        "invalid",
        me,
        "PUT",
        "intake",
        f"{places['open']}/self-assessment",
        fields="ratings.roles",
        json={"ratings": {"roles": 6}},
    )
    add(422, "invalid", me, "PUT", "intake", f"{places['open']}/path", fields="path", json={"path": "interview"})
    add(422, "invalid", me, "GET", "intake", "/api/applications/not-an-id", fields="application_id")
    add(422, "invalid", None, "POST", "intake", "/api/sign-in", fields="email", json={"email": "no address"})
    add(
        422,
        "invalid",
        cast.stranger,
        "POST",
        "payments",
        f"/api/payments/{NOBODY}/checkout",
        fields="discount",
        json={"discount": 100},
    )

    # Not signed in, and not allowed
    for service, path in {
        "intake": "/api/applications",
        "payments": f"/api/payments/{NOBODY}",
        "review": "/api/review/queue",
    }.items():
        add(401, "not_signed_in", None, "GET", service, path)
        add(
            401,
            "not_signed_in",
            None,
            "GET",
            service,
            path,
            headers={"Authorization": f"Bearer {cast.stranger.token[:-8]}AAAAAAAA"},
        )
    add(401, "not_signed_in", None, "GET", "badging", "/api/me/badges")
    add(401, "not_signed_in", None, "GET", "ops", "/api/ops/dead-letters")
    add(403, "forbidden", cast.stranger, "GET", "payments", "/api/ledger")
    add(403, "forbidden", cast.stranger, "GET", "review", "/api/review/queue")
    add(
        403,
        "forbidden",
        whole.people["staff@example.org"],
        "POST",
        "ops",
        "/api/ops/dead-letters/redrive",
        json={"filter": {}},
    )
    add(
        403,
        "forbidden",
        whole.people["staff@example.org"],
        "PUT",
        "intake",
        f"/api/people/{cast.stranger.person_id}/roles",
        json={"roles": ["admin"]},
    )
    return found


async def test_every_refusal_is_as_promised_and_nothing_changed(whole: Whole, cast: Cast) -> None:
    before = await whole.insides.business()
    said = await whole.insides.records()

    wrong = []
    for refused in refusals(whole, cast):
        token = "" if refused.who is None else refused.who.token
        answer = await whole.world.request(
            refused.method, refused.service, refused.path, token=token, **refused.options
        )
        problem = answer.body if answer.headers["Content-Type"] == "application/problem+json" else {}
        named = {error["field"] for error in problem.get("errors", [])}
        as_promised = (
            (answer.status, problem.get("type")) == (refused.status, refused.type)
            and problem["title"]
            and problem["detail"]
            and problem["correlation_id"] == answer.headers["X-Correlation-ID"]
            and (refused.fields <= named)
        )
        if not as_promised:
            expected = f"{refused.status} {refused.type} {set(refused.fields)}"
            found = f"{answer.status}: {json.dumps(problem) or answer.body!r}"
            wrong.append(f"{refused.method} {refused.service}{refused.path}: expected {expected}, answered {found}")
    assert not wrong, "\n".join(wrong)

    await whole.insides.at_rest()
    assert await whole.insides.business() == before
    assert len(await whole.insides.records()) == len(said)


async def test_a_key_used_again_answers_again_and_with_another_body_is_refused(whole: Whole) -> None:
    person = await whole.world.sign_in("twice@example.org", "Toni Twice")
    key = {"Idempotency-Key": str(uuid4())}
    first = await whole.world.request(
        "POST", "intake", "/api/applications", token=person.token, json={"credential": FUNDAMENTALS}, headers=key
    )
    again = await whole.world.request(
        "POST", "intake", "/api/applications", token=person.token, json={"credential": FUNDAMENTALS}, headers=key
    )
    other = await whole.world.request(
        "POST",
        "intake",
        "/api/applications",
        token=person.token,
        json={"credential": "community-partnerships"},
        headers=key,
    )

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (other.status, [error["field"] for error in other.body["errors"]]) == (422, ["Idempotency-Key"])
    assert [one["application_id"] for one in (await person.do("GET", "intake", "/api/applications"))["items"]] == [
        first.body["application_id"]
    ]
