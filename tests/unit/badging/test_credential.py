"""The exact credential of a badge."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contracts.catalog import Rubric
from services.badging.domain import credentials
from services.badging.domain.credentials import Contradiction
from tests.unit.badging import sample

BASE = "https://badges.example.org:8443/cep"
ACHIEVEMENT = f"{BASE}/achievements/{sample.SLUG}/1"
BADGE = f"{BASE}/badges/{sample.BADGE}"


def rubric_of(item: str) -> dict[str, object]:
    return {
        "id": f"{ACHIEVEMENT}#result/{item}",
        "type": ["ResultDescription"],
        "name": f"About {item}",
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": [
            {
                "id": f"{ACHIEVEMENT}#level/{item}/none",
                "type": ["RubricCriterionLevel"],
                "name": "Not demonstrated",
                "description": "Nothing shown.",
            },
            {"id": f"{ACHIEVEMENT}#level/{item}/shown", "type": ["RubricCriterionLevel"], "name": "Demonstrated"},
            {
                "id": f"{ACHIEVEMENT}#level/{item}/more",
                "type": ["RubricCriterionLevel"],
                "name": "Exceeded",
                "description": "More than asked.",
            },
        ],
        "requiredLevel": f"{ACHIEVEMENT}#level/{item}/shown",
    }


def alignment_of(item: str) -> dict[str, object]:
    return {
        "type": ["Alignment"],
        "targetName": f"About {item}",
        "targetUrl": f"{ACHIEVEMENT}#item/{item}",
        "targetCode": item,
        "targetFramework": "Community Engagement Fundamentals: Competencies",
    }


def test_whole_document() -> None:
    document = sample.document()

    assert document == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": BADGE,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Community Engagement Fundamentals",
        "issuer": {
            "id": "did:web:badges.example.org%3A8443:cep",
            "type": ["Profile"],
            "name": "The Program",
            "url": BASE,
        },
        "validFrom": "2025-03-01T10:30:15Z",
        "awardedDate": "2025-03-01T10:30:15Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$" + hashlib.sha256(b"ada@example.org5a17").hexdigest(),
                    "identityType": "emailAddress",
                    "salt": "5a17",
                }
            ],
            "achievement": {
                "id": ACHIEVEMENT,
                "type": ["Achievement"],
                "achievementType": "MicroCredential",
                "name": "Community Engagement Fundamentals",
                "description": "The basics.",
                "version": "1",
                "criteria": {"id": f"{ACHIEVEMENT}#criteria", "narrative": "A panel judged."},
                "alignment": [alignment_of("community"), alignment_of("roles")],
                "resultDescription": [rubric_of("community"), rubric_of("roles")],
            },
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": f"{ACHIEVEMENT}#result/community",
                    "achievedLevel": f"{ACHIEVEMENT}#level/community/shown",
                    "value": "Demonstrated",
                },
                {
                    "type": ["Result"],
                    "resultDescription": f"{ACHIEVEMENT}#result/roles",
                    "achievedLevel": f"{ACHIEVEMENT}#level/roles/more",
                    "value": "Exceeded",
                },
            ],
        },
        "credentialStatus": [
            {
                "id": f"{BASE}/status/revocation-1#4711",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "4711",
                "statusListCredential": f"{BASE}/status/revocation-1",
            },
            {
                "id": f"{BASE}/status/suspension-1#4711",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "suspension",
                "statusListIndex": "4711",
                "statusListCredential": f"{BASE}/status/suspension-1",
            },
        ],
    }
    assert sample.EMAIL not in str(document)


def test_only_what_was_judged_has_a_result() -> None:
    document = sample.document(items=(sample.result("roles", "shown"),))

    assert [each["resultDescription"] for each in document["credentialSubject"]["result"]] == [
        f"{ACHIEVEMENT}#result/roles"
    ]


@pytest.mark.parametrize(
    ("item", "level", "words"),
    [
        ("nothing", "shown", "items: community-engagement-fundamentals version 1 has no item 'nothing'"),
        (
            "roles",
            "best",
            "items: the rubric of community-engagement-fundamentals version 1 has no level 'best' (item 'roles')",
        ),
    ],
)
def test_decision_that_contradicts_its_definition(item: str, level: str, words: str) -> None:
    with pytest.raises(Contradiction) as refused:
        sample.document(items=(sample.result(item, level),))
    assert str(refused.value) == words


def test_definition_without_items_or_texts() -> None:
    achievement = credentials.achievement(
        sample.WHO, sample.definition(groups=(), summary="", criteria="", rubric=Rubric(version="1", levels=()))
    )

    assert achievement == {
        "id": ACHIEVEMENT,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": "Community Engagement Fundamentals",
        "description": "Community Engagement Fundamentals",
        "version": "1",
        "criteria": {"id": f"{ACHIEVEMENT}#criteria", "narrative": "Community Engagement Fundamentals"},
    }


def test_rubric_without_a_passing_level_requires_none() -> None:
    levels = tuple(level for level in sample.definition().rubric.levels if not level.passing)

    achievement = credentials.achievement(sample.WHO, sample.definition(rubric=Rubric(version="1", levels=levels)))

    assert ["requiredLevel" in each for each in achievement["resultDescription"]] == [False, False]


def test_control_characters_do_not_reach_a_signature() -> None:
    achievement = credentials.achievement(sample.WHO, sample.definition(summary="one\x07two\x7f\r\nthree\t"))

    assert achievement["description"] == "one two \r\nthree"


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-7))])
def test_times_are_utc_to_the_second(zone: timezone) -> None:
    moment = datetime(2025, 3, 1, 10, 30, 15, 999999, tzinfo=UTC).astimezone(zone)

    assert credentials.timestamp(moment) == "2025-03-01T10:30:15Z"
