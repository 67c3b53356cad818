"""What was handed in, to be read on the page of a case by the members of its panel."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from chassis.objects import ObjectStore
from chassis.showing import read_text, text_of
from contracts.claims import ObjectClaim
from contracts.events.applications import Material
from services.review.store.access import CaseFile

MOST_BYTES = 200_000
"""A longer text is not shown on the page, but in a file."""

Key = tuple[str, UUID | None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The texts of one material. `text`: its content if that is a text; `annotation`: what the applicant says of it.
    Words stand instead of a text that cannot be read."""

    text: str | None = None
    annotation: str | None = None


async def read_evidence(objects: ObjectStore, found: CaseFile) -> dict[Key, Evidence]:
    """The texts of each material, by requirement and artifact. It does not check who asks."""

    async def read(claim: ObjectClaim | None) -> str | None:
        if claim is None or not claim.media_type.startswith("text/plain") or claim.size > MOST_BYTES:
            return None
        return text_of(await read_text(objects, claim, case_id=found.case.case_id))

    async def one(material: Material) -> tuple[Key, Evidence]:
        text, annotation = await asyncio.gather(read(material.content), read(material.annotation))
        return (material.requirement, material.artifact_id), Evidence(text, annotation)

    return dict(await asyncio.gather(*(one(material) for material in found.materials)))
