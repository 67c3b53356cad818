"""No request over HTTP makes a service answer with a fault of its own (5xx). Each answer says what is wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from contracts.session import ROLES
from devstack.databases import SERVICES
from devstack.journey import FUNDAMENTALS
from devstack.seed import seed
from devstack.walk import Person, Walk, whole_journey
from tests.system.whole import Whole
from tests.whole.hostile import NOTHING, Description, Hostile
from tests.whole.raw_http import RawClient

pytestmark = pytest.mark.timeout(600)

AT_ONCE = 12
PAGES = {
    "intake": ["/sign-in", "/sign-in/{token}", "/signed-in"],
    "payments": ["/payments/{application_id}/return", "/payments/{application_id}/staff"],
    "badging": ["/badges/{badge_id}", "/achievements/{slug}", "/achievements/{slug}/{version}"],
    "ops": ["/ops"],
}
FORMS = {"intake": {"/sign-in": "token"}, "ops": {"/ops/redrive": "id"}}


COHORT = {
    "name": "Spring cohort",
    "description": "Six evenings.",
    "credentials": [FUNDAMENTALS],
    "capacity": 12,
    "facilitators": [{"name": "Fay Facilitator"}],
    "time_zone": "America/New_York",
    "joining_opens": "2027-01-11T09:00",
    "joining_closes": "2027-01-31T09:00",
}
PERIOD = {"name": "Spring", "first_day": "2027-01-11", "last_day": "2027-04-30"}
SESSION = {"title": "First", "starts_at": "2027-02-01T18:00", "minutes": 90, "link": "https://meet.example.org/1"}
BODIES = {
    "POST /api/applications": {"credential": FUNDAMENTALS},
    "POST /api/sign-in": {"email": "hostile-mail@example.org", "name": "Holly"},
    "PUT /api/applications/{application_id}/basic-information": {
        "name": "Holly Hostile",
        "institution": "Example College",
        "position": "Coordinator",
        "time_zone": "America/New_York",
        "pronouns": "she/her",
        "phone": "1",
    },
    "PUT /api/applications/{application_id}/agreement": {"accepted": True, "version": "1"},
    "PUT /api/applications/{application_id}/self-assessment": {"ratings": {"roles": 2}},
    "PUT /api/applications/{application_id}/path": {"path": "video", "answer": "early-career"},
    "PUT /api/people/{person_id}/roles": {"roles": ["staff"]},
    "PUT /api/applications/{application_id}/materials/{key}": {"text": "I am committed to reciprocity."},
    "PUT /api/applications/{application_id}/drafts/{key}": {"text": "I am committed", "items": []},
    "PUT /api/applications/{application_id}/research-consent": {"consented": True, "version": "1"},
    "POST /api/applications/{application_id}/study-plan": {"title": "Read", "by": "2027-01-31", "done": False},
    "PUT /api/applications/{application_id}/study-plan/{entry_id}": {"title": "Read", "done": True},
    "POST /api/applications/{application_id}/letter-requests": {
        "requirement": "essay",
        "referee_name": "Rae Referee",
        "referee_email": "hostile-referee@example.org",
    },
    "POST /api/staff/applications/{application_id}/extension": {"day": "2027-01-31", "reason": "They were ill."},
    "POST /api/staff/applications/{application_id}/reopenings": {
        "requirements": ["essay"],
        "until": "2027-01-31",
        "reason": "It was cut off.",
    },
    "PUT /api/staff/cohorts/{cohort_id}": COHORT,
    "POST /api/staff/cohorts": COHORT,
    "POST /api/staff/cohorts/{cohort_id}/sessions": SESSION,
    "PUT /api/staff/cohorts/{cohort_id}/sessions/{session_id}": SESSION,
    "POST /api/staff/periods": PERIOD,
    "PUT /api/staff/periods/{period_id}": PERIOD,
    "POST /api/payments/{application_id}/waiver": {"reason": "They were ill."},
    "POST /api/payments/{application_id}/refunds": {"reason": "They were ill."},
    "POST /api/staff/program/{slug}/{version}/moves/preview": {
        "from_version": 2,
        "requirements": {"essay": "essay"},
        "items": {"roles": "roles"},
    },
    "POST /api/staff/program/{slug}/{version}/moves": {
        "from_version": 2,
        "requirements": {"essay": "essay"},
        "items": {"roles": "roles"},
        "applications": [],
        "all": True,
        "reason": "The wording is better.",
    },
    "PUT /api/staff/program/{slug}/{version}/state": {"state": "open", "reason": "It is."},
    "PUT /api/review/me": {
        "credentials": [FUNDAMENTALS],
        "capacity": 1000,
        "institution": "Hostile University",
        "agreement": None,
    },
    "POST /api/ops/dead-letters/redrive": {
        "filter": {"consumer": "notify", "topic": "intake.applications", "key": "k"},
        "dry_run": True,
    },
}


DEPENDS = frozenset(
    (
        "POST /api/applications/{application_id}/letter-requests",
        "POST /api/applications/{application_id}/letter-requests/{request_id}/replacement",
        "POST /api/staff/periods",
    )
)
"""What is right in itself may be refused here, too: the credential of the test asks for no letter, and a period may
overlap another one that a hostile request made."""


@pytest.fixture(scope="module")
async def known(whole: Whole) -> AsyncIterator[dict[str, str]]:
    """Existing values for the parts of paths, by name: an open application, and the case and the badge of another
    one."""
    ended = await whole_journey(
        whole.world, whole.people["chair@example.org"], "hostile-ended@example.org", FUNDAMENTALS
    )
    case = await whole.people["chair@example.org"].found("review", f"/api/review/cases/{ended.application_id}")
    walk = Walk(await whole.world.sign_in("hostile@example.org", "Holly Hostile"), FUNDAMENTALS)
    await walk.start()
    await walk.pay()
    stranger = await whole.world.sign_in("hostile-stranger@example.org")
    admin = whole.people["admin@example.org"]
    roles = [
        role for role in ROLES if role not in ("reviewer", "chair")
    ]  # nobody else's case may get a judge who answers nothing
    await admin.do("PUT", "intake", f"/api/people/{walk.applicant.person_id}/roles", json={"roles": roles})
    cohort = await admin.do("POST", "intake", "/api/staff/cohorts", json=COHORT)
    entry = await walk.applicant.do(
        "POST", "intake", f"/api/applications/{walk.application_id}/study-plan", json={"title": "Read"}
    )
    yield {
        "application_id": walk.application_id,
        "key": "essay",
        "requirement": "essay",
        "artifact_id": stranger.person_id,
        "person_id": stranger.person_id,
        "cohort_id": cohort["cohort_id"],
        "entry_id": entry["entry_id"],
        **dict.fromkeys(("session_id", "period_id", "move_id", "reopening_id", "request_id"), stranger.person_id),
        "slug": FUNDAMENTALS,
        "version": "1",
        "address": case["case_id"],
        "badge_id": ended.badge_url.rpartition("/")[2],
        "name": "revocation-1",
        "consumer": "notify",
        "token": "nonsense",
        "email": "hostile@example.org",
        "me": walk.applicant.person_id,
    }
    await seed(whole.world)  # profiles are as they were: others need a panel


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES)
async def test_no_value_in_any_place_breaks_a_service(whole: Whole, known: dict[str, str], service: str) -> None:
    base = whole.world.addresses[service]
    described = (await whole.world.request("GET", service, "/openapi.json", ok=True)).body
    for path in PAGES.get(service, []):
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        described["paths"][path] = {"get": {"parameters": [{"name": name, "in": "path"} for name in names]}}
    requests = list(Description(described, known, BODIES).requests())
    for path, name in FORMS.get(service, {}).items():
        form = {"requestBody": {"content": {"multipart/form-data": {"schema": {"properties": {name: {}}}}}}}
        requests += Description({"paths": {path: {"post": form}}}, known).requests()
    people = [whole.world.people[known["me"]]]
    if service == "review":
        people += [whole.people["chair@example.org"], whole.people["reviewer-1@example.org"]]
    asked = [(one, person) for person in people for one in requests]
    assert len(asked) > 100
    faults: dict[str, str] = {}
    waiting = iter(asked)

    async def work() -> None:
        client = RawClient(int(base.rpartition(":")[2]))
        for one, person in waiting:
            if fault := await _fault(client, one, person):
                faults.setdefault(f"{one.operation}: {fault[:90]}", one.why)
        await client.close()

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert not faults, "\n".join(f"{fault} | {why}" for fault, why in faults.items())


async def _fault(client: RawClient, one: Hostile, person: Person) -> str:
    """The faults of an answer to a hostile request; empty if it has none."""
    # Otherwise all requests that follow would be refused.
    signing_out = one.method == "DELETE" and one.path.endswith(("/sessions/current", "/api/me"))
    headers = ({} if signing_out else {"Authorization": f"Bearer {person.token}".encode()}) | dict(one.headers)
    try:
        answer = await client.ask(one.method, one.path, headers, one.content)
    except (ConnectionError, TimeoutError) as error:
        return f"no answer: {error!r}"
    if one.why == NOTHING and answer.status == 422 and one.operation not in DEPENDS:
        return f"422 although {NOTHING}: {answer.content[:200]!r}"
    if answer.status >= 500:
        return f"{answer.status} {answer.content[:200]!r}"
    if answer.headers.get("connection") == "close" and answer.status in (
        400,
        431,
    ):  # refused as no HTTP, before it was a request
        return ""
    kind = answer.headers.get("content-type", "")
    if answer.status >= 400 and not kind.startswith("text/html") and kind != "application/problem+json":
        return f"{answer.status} as {kind}: {answer.content[:100]!r}"
    if any(word in answer.content for word in (b"Traceback", b"asyncpg", b"Value error")):
        return f"{answer.status} tells of the inside: {answer.content[:300]!r}"
    return ""
