"""What was handed in, to be read on the page of a case by the members of its panel."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, HttpUrl, TypeAdapter

from chassis.objects import ObjectStore
from chassis.showing import read_json, read_text, text_of
from contracts.claims import ObjectClaim
from contracts.events.applications import Material
from services.review.store.access import CaseFile

MOST_BYTES = 200_000
"""A longer text is not shown on the page, but in a file."""

Key = tuple[str, UUID | None]


class Link(BaseModel):
    """A link that was handed in, such as one to a video of so many minutes."""

    url: HttpUrl
    minutes: float | None = None


LINK = TypeAdapter(Link)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One material. `text`: its content if that is a text; `link`: if it is a link. `annotation`: what the applicant
    says of it. Words stand instead of a text that cannot be read."""

    text: str | None = None
    link: Link | None = None
    annotation: str | None = None


async def read_evidence(objects: ObjectStore, found: CaseFile) -> dict[Key, Evidence]:
    """The texts of each material, by requirement and artifact. It does not check who asks."""

    async def read(claim: ObjectClaim | None) -> str | None:
        if claim is None or not claim.media_type.startswith("text/plain") or claim.size > MOST_BYTES:
            return None
        return text_of(await read_text(objects, claim, case_id=found.case.case_id))

    async def link(claim: ObjectClaim) -> Link | None:
        if not claim.media_type.startswith("application/json") or claim.size > MOST_BYTES:
            return None
        return (await read_json(objects, claim, LINK, case_id=found.case.case_id)).value

    async def one(material: Material) -> tuple[Key, Evidence]:
        read_now = read(material.content), link(material.content), read(material.annotation)
        return (material.requirement, material.artifact_id), Evidence(*await asyncio.gather(*read_now))

    return dict(await asyncio.gather(*(one(material) for material in found.materials)))
