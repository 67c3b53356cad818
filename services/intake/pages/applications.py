"""The applicant's applications: their state, what to do next and where, what comes after, what was decided."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from contracts import pages as addresses
from contracts.refusals import Text
from services.intake.dependencies import Dependencies
from services.intake.domain.applications import eligible
from services.intake.domain.materials import LETTER, find
from services.intake.domain.states import State
from services.intake.pages import wording
from services.intake.pages.letters import all_asked, told_of
from services.intake.pages.missing import lacking
from services.intake.pages.own import facts, load, somebody
from services.intake.store import applications as store
from services.intake.store import letters as letters_store
from services.intake.store.applications import Loaded
from services.intake.views import applications as views
from web.rendering import Pages

MOST_SHOWN = 200
CAME_BACK = Text("A mail to a referee came back: ask again, or correct the address")
_FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications, /applications/{id}. Only applicants see their applications."""

    @router.get("/applications")
    async def mine(request: Request) -> Response:
        """The applicant's applications, the newest first."""
        me = await somebody(request)
        async with edge(request).reading() as tx:
            found = await store.list_own(tx, deps.definitions, me.person_id, _FIRST, MOST_SHOWN)
        listed = [views.listed(loaded) for loaded in reversed(found)]
        return await shown.show(request, "intake/applications.html", applications=listed, wording=wording)

    @router.get("/applications/{application_id:uuid}")
    async def one(request: Request, application_id: UUID) -> Response:
        """One application: what is to be done, what is done, what comes next."""
        me = await somebody(request)
        loaded = await load(request, deps, application_id, me)
        async with edge(request).reading() as tx:
            requests = await letters_store.of_application(tx, application_id)
        letters = told_of(loaded, requests)
        mend = (addresses.letters(application_id), CAME_BACK)
        found = await facts(deps, loaded) | {
            "next_step": mend if letters["letters_undelivered"] else step_of(loaded, all_asked(loaded, requests)),
            "now": edge(request).clock(),
            **letters,
        }
        return await shown.show(request, "intake/application.html", **found)


def step_of(loaded: Loaded, asked: Collection[str] = ()) -> tuple[str, Text] | None:
    """The address and the words of an application's main button; None if its applicant has nothing to do.

    `asked`: the requirements for which all letters are asked for. The applicant waits for those.
    """
    application, definition = loaded.application, loaded.definition
    here = application.application_id
    match application.state:
        case State.STARTED if definition.eligibility_rule is not None and application.eligibility is None:
            return addresses.eligibility(here), Text("Say whether you may apply")
        case State.STARTED if not eligible(application, definition):
            return addresses.eligibility(here), Text("Read why you may not apply")
        case State.STARTED if application.basic is None:
            return addresses.basic_information(here), Text("Tell us who you are")
        case State.STARTED:
            return addresses.agreement(here), Text("Read the agreement")
        case State.FEE_DUE:
            return addresses.fee(here), Text("Pay the fee")
        case State.OPEN:
            return _open_step(loaded, asked)
        case State.SUBMITTED | State.IN_REVIEW:
            expected = views.expected(loaded)
            key = next((one for one in expected if one not in asked), None)
            return None if key is None else _expected_step(loaded, key, expected[key])
        case State.NOT_YET | State.AWARDED:
            return addresses.decision(here), Text("Read the decision")
        case State.WITHDRAWN | State.LAPSED:
            return addresses.credential(application.credential), Text("Apply again")


def _expected_step(loaded: Loaded, key: str, name: str) -> tuple[str, Text]:
    here = loaded.application.application_id
    if find(loaded.definition, key).kind == LETTER:
        return addresses.letters(here), Text("Ask for: %(name)s", name=name)
    return addresses.material(here, key), Text("Hand in: %(name)s", name=name)


def _open_step(loaded: Loaded, asked: Collection[str]) -> tuple[str, Text]:
    here, left = loaded.application.application_id, [one for one in lacking(loaded) if one.address]
    if left and all(one.key in asked for one in left):
        return addresses.letters(here), Text("See the letters you asked for")
    left = [one for one in left if one.key not in asked]
    assess = addresses.self_assessment(here)
    if any(one.address == assess for one in left):
        return assess, Text("Assess yourself")
    if not left:
        return addresses.submission(here), Text("Check and submit")
    first = left[0]
    if first.address == addresses.path_choice(here):
        return first.address, Text("Choose your path")
    if first.address == addresses.letters(here):
        return first.address, Text("Ask for: %(name)s", name=first.name)
    return first.address, Text("Hand in: %(name)s", name=first.name)
