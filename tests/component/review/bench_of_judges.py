"""The review service with a credential, applicants whose data could leak, and the people of a panel."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.objects import ObjectStore
from contracts.catalog import Agreement, CredentialDefinition, Group, Item, Level, Requirement, ReviewPolicy, Rubric
from contracts.claims import ObjectClaim
from contracts.events.applications import ApplicationSubmitted, ApplicationWithdrawn, CarriedItem, Material
from contracts.events.catalog import CredentialPublished
from tests.one_service import OneService

LEVELS = (
    Level(key="emerging", name="Emerging", passing=False),
    Level(key="demonstrated", name="Demonstrated", passing=True),
    Level(key="exemplary", name="Exemplary", passing=True),
)
ESSAY = b"I, the applicant, wove."
NAME, EMAIL, INSTITUTION = "Zenobia Quux", "zenobia.quux@north.example", "North College of Quux"


def definition(slug: str = "weaving", version: int = 2, agreement: str = "7", **changes: Any) -> CredentialDefinition:
    fields: dict[str, Any] = {
        "slug": slug,
        "version": version,
        "name": slug.title(),
        "state": "open",
        "groups": (
            Group(
                key="all", kind="area", name="All", items=(Item(key="weft", name="Weft"), Item(key="warp", name="Warp"))
            ),
        ),
        "requirements": (
            Requirement(key="essay", kind="essay", name="An essay"),
            Requirement(key="works", kind="artifacts", name="Works"),
        ),
        "rubric": Rubric(version="1", levels=LEVELS),
        "review": ReviewPolicy(reviewers=2, business_days=14, agreement=Agreement(version=agreement, text="Be fair.")),
    }
    return CredentialDefinition(**(fields | changes))


@dataclass
class Bench:
    """A running review service and shortcuts into it."""

    one: OneService
    intake_objects: ObjectStore
    review_objects: ObjectStore
    number: int = 0
    artifact: UUID = field(default_factory=uuid4)

    @classmethod
    async def build(cls, one: OneService, *, people: bool = True) -> "Bench":
        url = f"file://{one.keys.folder}/objects"
        bench = cls(one, ObjectStore.open("intake", url), ObjectStore.open("review", url))
        await one.deliver(CredentialPublished(version=1, definition=definition()))
        if people:
            bench.ann, bench.ben = await bench.reviewer(), await bench.reviewer()
            bench.chair = await one.add_person(roles=("chair",), institution="South College")
            bench.staff = await one.add_person(roles=("staff",))
        return bench

    ann: UUID = field(default_factory=uuid4)
    ben: UUID = field(default_factory=uuid4)
    chair: UUID = field(default_factory=uuid4)
    staff: UUID = field(default_factory=uuid4)

    async def call(
        self, method: str, path: str, who: UUID, json: Any = None, key: str | None = None, **params: Any
    ) -> httpx.Response:
        headers = self.one.session_for(who) | ({"Idempotency-Key": key} if key else {})
        return await self.one.client.request(method, f"/api/review{path}", headers=headers, json=json, params=params)

    async def ok(self, method: str, path: str, who: UUID, json: Any = None, **params: Any) -> Any:
        response = await self.call(method, path, who, json, **params)
        assert response.is_success, response.text
        return response.json()

    async def refused(self, status: int, method: str, path: str, who: UUID, json: Any = None, **params: Any) -> Any:
        response = await self.call(method, path, who, json, **params)
        assert response.status_code == status, response.text
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        return problem

    async def reviewer(self, institution: str = "South College", **profile: Any) -> UUID:
        """A reviewer who has signed; other fields of the profile by name."""
        person_id = await self.one.add_person(roles=("reviewer",), institution=institution)
        await self.sign(person_id, institution=institution, **profile)
        return person_id

    async def sign(self, person_id: UUID, **profile: Any) -> Any:
        default = {
            "credentials": ["weaving"],
            "capacity": 10,
            "institution": "",
            "agreement": {"accepted": True, "version": "7"},
        }
        return await self.ok("PUT", "/me", person_id, default | profile)

    async def applicant(self, institution: str = INSTITUTION, **fields: Any) -> UUID:
        return await self.one.add_person(name=NAME, email=EMAIL, institution=institution, **fields)

    async def claim(self, person_id: UUID, data: bytes, media_type: str = "text/plain") -> ObjectClaim:
        return await self.intake_objects.put(person_id, data, media_type)

    async def submission(self, person_id: UUID, **changes: Any) -> ApplicationSubmitted:
        """What intake says when this person submits an essay and two artifacts, one of them annotated."""
        works = [
            Material(
                requirement="works",
                kind="artifacts",
                content=await self.claim(person_id, b"%PDF " + bytes([48 + n]), "application/pdf"),
                artifact_id=[self.artifact, uuid4()][n],
                annotation=await self.claim(person_id, b"What it shows.") if n == 0 else None,
                items=("warp", "weft"),
            )
            for n in range(2)
        ]
        fields: dict[str, Any] = {
            "application_id": uuid4(),
            "person_id": person_id,
            "person_version": 1,
            "credential": "weaving",
            "credential_version": 2,
            "materials": (
                Material(requirement="essay", kind="essay", content=await self.claim(person_id, ESSAY)),
                *works,
            ),
            "carried_forward": (),
        }
        return ApplicationSubmitted(**(fields | changes))

    async def case(self, **changes: Any) -> tuple[str, ApplicationSubmitted]:
        """The id of a new case of a new applicant, and its submission."""
        submitted = await self.submission(await self.applicant(), **changes)
        await self.one.deliver(submitted)
        return await self.case_of(submitted), submitted

    async def case_of(self, submitted: ApplicationSubmitted) -> str:
        return str((await self.ok("GET", f"/cases/{submitted.application_id}", self.staff))["case_id"])

    async def declare(self, case: str, *people: UUID) -> None:
        for person_id in people:
            await self.ok("POST", f"/cases/{case}/declaration", person_id, {"conflict": False})

    async def score(self, case: str, who: UUID, **levels: str) -> None:
        """Declare, draft and submit; every item demonstrated unless said otherwise."""
        await self.declare(case, who)
        items = {
            item: {"level": level}
            for item, level in ({"weft": "demonstrated", "warp": "demonstrated"} | levels).items()
        }
        await self.ok("PUT", f"/cases/{case}/scores", who, {"items": items})
        await self.ok("POST", f"/cases/{case}/scores/submission", who)

    async def deciding(self, **changes: Any) -> tuple[str, ApplicationSubmitted]:
        """A case of which all scores are final and the chair has declared."""
        case, submitted = await self.case(**changes)
        await self.score(case, self.ann)
        await self.score(case, self.ben)
        await self.declare(case, self.chair)
        return case, submitted

    async def state(self, case: str) -> str:
        return str((await self.ok("GET", f"/cases/{case}", self.staff))["state"])

    async def all_objects(self) -> list[str]:
        """The names of everything that review ever put and did not delete."""
        folder = self.one.keys.folder / "objects"
        return sorted(str(path.relative_to(folder)) for path in (folder / "review").rglob("*") if path.is_file())

    async def objects_about(self, person_id: UUID) -> list[str]:
        return [name async for name in self.review_objects.names(person_id)]


def withdrawal(submitted: ApplicationSubmitted) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=submitted.application_id,
        person_id=submitted.person_id,
        credential=submitted.credential,
        credential_version=submitted.credential_version,
    )


def carried(item: str) -> CarriedItem:
    return CarriedItem(item=item, level="exemplary")


AWARD = {"outcome": "awarded", "feedback": {"warp": "Well woven."}, "letter": f"Dear {NAME}, you did it."}
