"""Views of materials. If a text or a link cannot be read, words stand instead of it, and again in `unreadable`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.showing import Reading
from services.intake.domain.materials import Handed
from services.intake.views import Maybe, View


class Material(View):
    """A material without its content."""

    requirement: str
    kind: str
    artifact_id: Maybe[UUID] = None
    filename: Maybe[str] = None
    media_type: str
    size: int
    words: Maybe[int] = None
    minutes: Maybe[float] = None
    items: Maybe[Sequence[str]] = None
    handed_in_at: datetime


class Artifact(Material):
    """One of several materials, with the applicant's annotation and the items that it evidences."""

    annotation: Maybe[str] = None
    url: Maybe[str] = None
    text: Maybe[str] = None
    unreadable: Maybe[str] = None


class TextMaterial(Material):
    """A text, with its content."""

    text: str
    unreadable: Maybe[str] = None


class LinkMaterial(Material):
    """A link to a video."""

    url: str | None
    unreadable: Maybe[str] = None


class RatingsMaterial(Material):
    """A self-assessment."""

    ratings: Mapping[str, int] | None
    unreadable: Maybe[str] = None


def material(handed: Handed) -> Material:
    """A material without its content."""
    return Material(**facts(handed))


def facts(handed: Handed) -> dict[str, Any]:
    """The fields that every material has."""
    return {
        "requirement": handed.requirement,
        "kind": handed.kind,
        "artifact_id": handed.artifact_id,
        "filename": handed.filename,
        "media_type": handed.content.media_type,
        "size": handed.content.size,
        "words": handed.words,
        "minutes": handed.minutes,
        "items": handed.items or None,
        "handed_in_at": handed.handed_in_at,
    }


def unreadable(*readings: Reading[Any]) -> str | None:
    """Why something here is not what was written, in words; None if everything is."""
    return next((reading.words for reading in readings if reading.words), None)
