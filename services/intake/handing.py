"""Handing in: checks what was sent and puts it into the object store. Routes and pages share it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from chassis.objects import ObjectStore
from chassis.writing import Writing
from contracts.refusals import Fault, Invalid, Text
from services.intake import uploads
from services.intake.bodies import ArtifactBody, LinkBody, TextBody
from services.intake.domain import lengths
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.domain.media import shown_name
from services.intake.forms import Form
from services.intake.measuring import Measurer
from services.intake.uploads import Fields, Upload
from services.intake.usecases.materials import ToHandIn

T = TypeVar("T")

ONE_OF_THEM = Fault("file", Text("hand in one of them: a file, a link or a text"))
NO_FILE = Fault("file", Text("choose a file"))
COUNTED_HERE = 20_000
"""Longer texts, in characters, are counted in a thread."""


async def text(written: Writing, wanted: ToHandIn, body: TextBody, now: datetime) -> Handed:
    """Hand in a text within its limits."""
    requirement = wanted.requirement
    words = await _counted(len(body.text), partial(rules.check_text, requirement, body.text))
    return Handed(requirement.key, requirement.kind, await written.put_text(body.text), now, words=words)


async def link(written: Writing, wanted: ToHandIn, body: LinkBody, now: datetime) -> Handed:
    """Hand in a link to a video of so many minutes."""
    requirement = wanted.requirement
    rules.check_link(requirement, body.minutes)
    content = await written.put_json({"url": str(body.url), "minutes": body.minutes})
    return Handed(requirement.key, requirement.kind, content, now, minutes=body.minutes)


async def receive(
    form: Form,
    objects: ObjectStore,
    written: Writing,
    wanted: ToHandIn,
    fields: Fields | None = None,
    more: Sequence[str] = (),
) -> Upload:
    """The file of a form and its other fields (`uploads.receive`), if there is room for the file.

    `more`: further fields that the form may have.
    """
    most = rules.max_bytes(wanted.requirement)

    def measure(size: int) -> None:
        if size > most:
            raise rules.too_large(wanted.requirement)
        wanted.room.check(size)

    allowed = wanted.requirement.limits.media_types
    return await uploads.receive(form, objects, written, measure, allowed, fields, more)


async def artifact(written: Writing, wanted: ToHandIn, body: ArtifactBody, now: datetime) -> Handed:
    """Hand in an artifact that is a text or a link, with its annotation."""
    requirement, words = wanted.requirement, None
    if requirement.kind != "artifacts":
        raise Invalid(Fault("annotation", Text("leave it out")))
    if (body.text is None) == (body.url is None):
        raise Invalid(ONE_OF_THEM)
    if body.text is not None:
        words = await _counted(len(body.text), partial(rules.check_text, requirement, body.text))
    check = partial(rules.check_annotation, requirement, body.annotation, body.items, wanted.definition)
    await _counted(len(body.annotation or ""), check)
    return Handed(
        requirement=requirement.key,
        kind=requirement.kind,
        content=await written.put_text(body.text)
        if body.text is not None
        else await written.put_json({"url": str(body.url)}),
        handed_in_at=now,
        artifact_id=uuid4(),
        annotation=None if body.annotation is None else await written.put_text(body.annotation),
        items=tuple(body.items),
        words=words,
    )


async def file(
    written: Writing, wanted: ToHandIn, upload: Upload, now: datetime, measurer: Measurer | None = None
) -> Handed:
    """Hand in a complete file of a kind that is taken, with its annotation. `measurer`: for videos."""
    requirement = wanted.requirement
    rules.check_file(requirement, upload.media_type, upload.size, upload.filename)
    check = partial(rules.check_annotation, requirement, upload.annotation, upload.items, wanted.definition)
    await _counted(len(upload.annotation or ""), check)
    measured = None if measurer is None or requirement.kind != "video" else await measurer.minutes(upload)
    minutes = lengths.check(requirement, measured, upload.minutes)
    return Handed(
        requirement=requirement.key,
        kind=requirement.kind,
        minutes=minutes,
        content=await upload.put(written),
        handed_in_at=now,
        artifact_id=uuid4() if requirement.kind == "artifacts" else None,
        annotation=None if upload.annotation is None else await written.put_text(upload.annotation),
        items=upload.items,
        filename=shown_name(upload.filename),
    )


def letter(handed: Handed, request_id: UUID) -> Handed:
    """A third party's letter for this request. The name of their file may say who they are, so it is not kept."""
    return replace(handed, artifact_id=request_id, filename=None)


async def _counted(length: int, check: Callable[[], T]) -> T:
    """A check that counts the words of a text of so many characters."""
    return check() if length <= COUNTED_HERE else await asyncio.to_thread(check)
