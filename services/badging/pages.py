"""HTTP in, HTML: the public pages of a badge and of an achievement. Who asks for JSON at the same address gets the
document itself."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chassis.http import edge, not_found
from chassis.telemetry import correlation
from contracts.catalog import CredentialDefinition
from services.badging import store
from services.badging.domain import credentials
from services.badging.domain.issuer import Issuer
from services.badging.representation import CREDENTIAL_TYPES, HTML, LINKED_DATA_TYPES, answer, chosen, described

FOLDER = Path(__file__).parent
PAGE_SECONDS = 60
ACHIEVEMENT_SECONDS = 300


def router(who: Issuer) -> APIRouter:
    """The pages of the issuer `who`."""
    api = APIRouter()
    pages = _Pages(who)

    @api.get("/badges/{badge_id}", response_class=Response, responses=described((HTML, *CREDENTIAL_TYPES)))
    async def badge(request: Request, badge_id: str) -> Response:
        """A badge's page; with `Accept` for JSON the credential."""
        media_type = chosen(request, (HTML, *CREDENTIAL_TYPES))
        found = None
        if _is_uuid(badge_id):
            async with edge(request).transaction() as tx:
                found = await store.issued(tx, UUID(badge_id))
        if found is None or found.credential is None:
            return pages.missing(media_type, "badge")
        if media_type != HTML:
            return answer(request, found.credential, media_type, PAGE_SECONDS)
        content = pages.render("badge.html", view=_view_of_badge(orjson.loads(found.credential)), badge=found)
        return answer(request, content, HTML, PAGE_SECONDS, pages.headers)

    @api.get("/achievements/{slug}", response_class=Response, responses=described((HTML, *LINKED_DATA_TYPES)))
    async def newest_achievement(request: Request, slug: str) -> Response:
        """The newest version of an achievement."""
        async with edge(request).transaction() as tx:
            found = await store.newest_definition(tx, slug)
        return pages.achievement(request, found)

    @api.get("/achievements/{slug}/{version}", response_class=Response, responses=described((HTML, *LINKED_DATA_TYPES)))
    async def achievement(request: Request, slug: str, version: str) -> Response:
        """One version of an achievement: the id that badges carry."""
        found = None
        if version.isascii() and version.isdigit() and len(version) < 9:
            async with edge(request).transaction() as tx:
                found = await store.definition(tx, slug, int(version))
        return pages.achievement(request, found)

    return api


class _Pages:
    """Templates with their one style sheet inside, and the policy that allows nothing else."""

    def __init__(self, who: Issuer) -> None:
        self.who = who
        style = (FOLDER / "static" / "badge.css").read_text()
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none';"
            " form-action 'none'; frame-ancestors 'none'"
        )
        self.headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["day"] = _day
        self._templates.globals.update(style=Markup(style), issuer=who)

    def render(self, template: str, **values: Any) -> bytes:
        return self._templates.get_template(template).render(**values).encode()

    def achievement(self, request: Request, definition: CredentialDefinition | None) -> Response:
        media_type = chosen(request, (HTML, *LINKED_DATA_TYPES))
        if definition is None or definition.state == "planned":
            return self.missing(media_type, "achievement")
        document = credentials.achievement(self.who, definition)
        if media_type != HTML:
            return answer(
                request,
                orjson.dumps({"@context": list(credentials.CONTEXTS), **document}),
                media_type,
                ACHIEVEMENT_SECONDS,
            )
        content = self.render("achievement.html", view=_view_of_achievement(document), definition=definition)
        return answer(request, content, HTML, ACHIEVEMENT_SECONDS, self.headers)

    def missing(self, media_type: str, what: str) -> Response:
        if media_type != HTML:
            raise not_found(f"There is no such {what}.")
        content = self.render("missing.html", what=what, correlation_id=correlation.get())
        return Response(
            content,
            status_code=404,
            media_type=HTML,
            headers={**self.headers, "Cache-Control": "no-store", "Vary": "Accept"},
        )


def _view_of_badge(credential: Mapping[str, Any]) -> dict[str, Any]:
    """What a badge's page shows, all of it from the signed credential: a page cannot say more than the badge."""
    subject = credential["credentialSubject"]
    achieved = {result["resultDescription"]: result["value"] for result in subject["result"]}
    return {
        **_view_of_achievement(subject["achievement"], achieved),
        "url": credential["id"],
        "awarded_at": datetime.fromisoformat(credential["awardedDate"]),
    }


def _view_of_achievement(achievement: Mapping[str, Any], achieved: Mapping[str, str] | None = None) -> dict[str, Any]:
    results = achievement.get("resultDescription", [])
    return {
        "url": achievement["id"],
        "name": achievement["name"],
        "version": achievement["version"],
        "description": achievement["description"],
        "criteria": achievement["criteria"]["narrative"],
        "achievement_url": achievement["id"],
        "items": [
            {
                "key": alignment["targetCode"],
                "name": alignment["targetName"],
                "level": (achieved or {}).get(result["id"]),
            }
            for alignment, result in zip(achievement.get("alignment", []), results, strict=True)
        ],
        "levels": [(level["name"], level.get("description", "")) for level in results[0]["rubricCriterionLevel"]]
        if results
        else [],
    }


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B} {moment.year}"


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
