"""Builders for the unit tests of intake: a credential with every kind of requirement, and an application for it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.catalog import CredentialDefinition
from contracts.claims import Money, ObjectClaim
from contracts.events.review import CaseDecided, ItemResult
from services.intake.domain.applications import Application
from services.intake.domain.materials import Handed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = UUID(int=1)
APPLICATION = UUID(int=2)


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def claim(name: str = "a", media_type: str = "text/plain") -> ObjectClaim:
    return ObjectClaim(name=f"intake/{PERSON}/{name}", sha256="0" * 64, size=1, media_type=media_type)


def definition(**changes: Any) -> CredentialDefinition:
    data: dict[str, Any] = {
        "slug": "weaving",
        "version": 1,
        "name": "Weaving",
        "state": "open",
        "fee": {"amount_minor": 6000},
        "agreement": {"version": "1", "text": "I intend to."},
        "groups": [
            {
                "key": "g",
                "kind": "competency",
                "name": "G",
                "items": [
                    {"key": "warp", "name": "Warp"},
                    {"key": "weft", "name": "Weft"},
                    {"key": "loom", "name": "Loom"},
                ],
            }
        ],
        "requirements": [
            {"key": "readiness", "kind": "self_assessment", "name": "Readiness"},
            {
                "key": "cv",
                "kind": "file",
                "name": "CV",
                "limits": {"media_types": ["application/pdf"], "max_bytes": 1000},
            },
            {
                "key": "talk",
                "kind": "video",
                "name": "Talk",
                "path": "spoken",
                "limits": {"min_minutes": 15, "max_minutes": 20},
            },
            {
                "key": "works",
                "kind": "artifacts",
                "name": "Works",
                "path": "shown",
                "limits": {"min_count": 2, "max_count": 3, "min_words": 2, "max_words": 4},
            },
            {"key": "essay", "kind": "essay", "name": "Essay", "limits": {"min_words": 3, "max_words": 5}},
            {"key": "extra", "kind": "short_text", "name": "Extra", "required": False},
            {"key": "after", "kind": "short_text", "name": "After", "due": "after_submission"},
        ],
        "paths": {
            "question": "Have you woven before?",
            "answers": [{"key": "often", "name": "Often"}, {"key": "never", "name": "Never"}],
            "options": [{"key": "spoken", "name": "Spoken"}, {"key": "shown", "name": "Shown", "answers": ["often"]}],
        },
        "rubric": {
            "version": "1",
            "levels": [{"key": "no", "name": "No", "passing": False}, {"key": "yes", "name": "Yes", "passing": True}],
        },
        "resources": [
            {"key": "r1", "kind": "reading", "title": "On warp", "provider": "P", "items": ["warp", "loom"]},
            {"key": "r2", "kind": "training", "title": "On weft", "provider": "P", "items": ["weft"]},
            {"key": "r3", "kind": "hub", "title": "On nothing", "provider": "P"},
        ],
    }
    return CredentialDefinition.model_validate(data | changes)


def with_requirements(*requirements: dict[str, Any], **changes: Any) -> CredentialDefinition:
    return definition(requirements=list(requirements), **changes)


def application(**changes: Any) -> Application:
    fields: dict[str, Any] = {
        "application_id": APPLICATION,
        "person_id": PERSON,
        "credential": "weaving",
        "credential_version": 1,
        "fee": Money(amount_minor=6000),
    }
    if changes.get("state") in ("fee_due", "open"):
        fields |= {"agreement_version": "1", "agreement_accepted_at": NOW}
    return Application(**(fields | changes))


def handed(requirement: str, kind: str, **changes: Any) -> Handed:
    fields: dict[str, Any] = {
        "requirement": requirement,
        "kind": kind,
        "content": claim(requirement),
        "handed_in_at": NOW,
    }
    return Handed(**(fields | changes))


def decided(outcome: str = "not_yet", **changes: Any) -> CaseDecided:
    fields: dict[str, Any] = {
        "case_id": UUID(int=3),
        "application_id": APPLICATION,
        "decision_id": UUID(int=4),
        "person_id": PERSON,
        "credential": "weaving",
        "credential_version": 1,
        "outcome": outcome,
        "items": (
            ItemResult(item="warp", level="yes", demonstrated=True),
            ItemResult(item="weft", level="no", demonstrated=False),
        ),
        "letter": claim("letter"),
        "feedback": claim("feedback"),
    }
    return CaseDecided(**(fields | changes))
