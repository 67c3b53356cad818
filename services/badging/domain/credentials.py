"""The documents of a badge, without their proof: an Open Badges 3.0 achievement and its credential (1EdTech OB 3.0, W3C
VC 2.0)."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.catalog import CredentialDefinition, Group, Item
from contracts.events.review import ItemResult
from services.badging.domain.issuer import Issuer

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
OB_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXTS = (VC_CONTEXT, OB_CONTEXT)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Document = dict[str, Any]


class Contradiction(Exception):
    """A decision names an item or a level that its definition does not have, so no true badge can be made."""


def timestamp(moment: datetime) -> str:
    """A time in the form of a credential: UTC, whole seconds, with its zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def identity(email: str, salt: str) -> Document:
    """The earner as an IdentityObject (OB 3.0, B.1.10). A person who knows the address can check it, and nobody can
    read it.

    `email` is in lower case, because a verifier cannot know in which case its owner once wrote it.
    """
    digest = hashlib.sha256((email + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def achievement(issuer: Issuer, definition: CredentialDefinition) -> Document:
    """The achievement of one version of a credential: an alignment for each item, and each item's rubric."""
    url = issuer.achievement_url(definition.slug, definition.version)
    summary = _text(definition.summary or definition.name)
    document: Document = {
        "id": url,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": _text(definition.name),
        "description": summary,
        "version": str(definition.version),
        "criteria": {"id": f"{url}#criteria", "narrative": _text(definition.criteria) or summary},
    }
    if definition.items:
        document["alignment"] = [
            _alignment(url, definition, group, item) for group in definition.groups for item in group.items
        ]
        document["resultDescription"] = [_result_description(url, definition, item) for item in definition.items]
    return document


def credential(
    issuer: Issuer,
    definition: CredentialDefinition,
    *,
    url: str,
    awarded_at: datetime,
    earner: Document,
    items: Sequence[ItemResult],
    status: Sequence[Document],
) -> Document:
    """The complete, unsigned credential of a badge. `earner` comes from `identity`; `status` has its status list
    entries.

    Raises Contradiction.
    """
    when = timestamp(awarded_at)
    return {
        "@context": list(CONTEXTS),
        "id": url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": _text(definition.name),
        "issuer": issuer.profile,
        "validFrom": when,
        "awardedDate": when,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [earner],
            "achievement": achievement(issuer, definition),
            "result": _results(issuer, definition, items),
        },
        "credentialStatus": list(status),
    }


def _alignment(url: str, definition: CredentialDefinition, group: Group, item: Item) -> Document:
    return {
        "type": ["Alignment"],
        "targetName": _text(item.name),
        "targetUrl": f"{url}#item/{item.key}",
        "targetCode": item.key,
        "targetFramework": f"{_text(definition.name)}: {_text(group.name)}",
    }


def _result_description(url: str, definition: CredentialDefinition, item: Item) -> Document:
    levels = definition.rubric.levels
    document: Document = {
        "id": _result_id(url, item.key),
        "type": ["ResultDescription"],
        "name": _text(item.name),
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": [
            {
                "id": _level_id(url, item.key, level.key),
                "type": ["RubricCriterionLevel"],
                "name": _text(level.name),
                **({"description": _text(level.description)} if level.description else {}),
            }
            for level in levels
        ],
    }
    passing = next((level for level in levels if level.passing), None)
    if passing is not None:
        document["requiredLevel"] = _level_id(url, item.key, passing.key)
    return document


def _results(issuer: Issuer, definition: CredentialDefinition, items: Sequence[ItemResult]) -> list[Document]:
    url = issuer.achievement_url(definition.slug, definition.version)
    known = {item.key for item in definition.items}
    names = {level.key: level.name for level in definition.rubric.levels}
    judged = {result.item: result.level for result in items}
    for item, level in judged.items():
        if item not in known:
            raise Contradiction(f"items: {definition.slug} version {definition.version} has no item {item!r}")
        if level not in names:
            raise Contradiction(
                f"items: the rubric of {definition.slug} version {definition.version}"
                f" has no level {level!r} (item {item!r})"
            )
    return [
        {
            "type": ["Result"],
            "resultDescription": _result_id(url, item.key),
            "achievedLevel": _level_id(url, item.key, judged[item.key]),
            "value": _text(names[judged[item.key]]),
        }
        for item in definition.items
        if item.key in judged
    ]


def _result_id(url: str, item: str) -> str:
    return f"{url}#result/{item}"


def _level_id(url: str, item: str, level: str) -> str:
    return f"{url}#level/{item}/{level}"


def _text(text: str) -> str:
    """Text without control characters. Canonical N-Quads escapes them, but some verifiers' libraries do not."""
    return _CONTROL.sub(" ", text).strip()
