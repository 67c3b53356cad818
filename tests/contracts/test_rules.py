"""Promises of the contracts as a whole: listeners exist, a compacted topic has one type, personal data has one
topic."""

import json
import subprocess
import sys
from typing import Any

from contracts import check, generate, history
from contracts.__main__ import events
from contracts.event import EVENTS
from contracts.events.ops import PulseSaid
from contracts.topics import CONSUMERS, INTAKE_PEOPLE, OBJECT_READERS, SERVICES, TOPICS

PERSONAL = {
    *("name", "full_name", "first_name", "last_name", "given_name", "family_name", "display_name", "pronouns"),
    *("email", "mail", "address", "phone", "institution", "position", "birth_date", "ip", "ip_address", "user_agent"),
    *("text", "answer", "feedback_text", "comment", "letter_text", "time_zone", "language"),
}
"""Names of fields that would hold personal data. In a credential's definition and an object claim, `name` and `text`
are no person's."""

IMPERSONAL_MODELS = {
    *(
        "CredentialDefinition",
        "Group",
        "Item",
        "Requirement",
        "Coaching",
        "EligibilityAnswer",
        "PathAnswer",
        "PathOption",
        "Level",
        "Agreement",
        "ObjectClaim",
    ),
}


def test_every_event_is_named_for_its_producer_and_heard_by_known_consumers() -> None:
    for name, event in EVENTS.items():
        service, _subject, _participle, major = name.split(".")
        assert event.TOPIC.producers == (CONSUMERS if event is PulseSaid else (service,)), name
        assert major.startswith("v"), name
        assert TOPICS[event.TOPIC.name] is event.TOPIC, name
        assert set(event.HEARD_BY) <= set(CONSUMERS), name
        assert service not in event.HEARD_BY or service == "ops", name


def test_a_compacted_topic_carries_one_type_beside_its_tombstone() -> None:
    compacted = {name for name, topic in TOPICS.items() if topic.compacted}
    assert compacted == {"intake.people", "intake.catalog"}
    for name in compacted:
        types = [event.TYPE for event in EVENTS.values() if event.TOPIC.name == name and not event.TOMBSTONE]
        assert len(types) == 1, types
        assert "version" in EVENTS[types[0]].model_fields
    assert {event.TOPIC.compacted for event in EVENTS.values() if event.TOMBSTONE} == {True}


def personal_fields(schema: dict[str, Any]) -> set[str]:
    """Fields of the event's own models that are called like personal data."""
    found = set()
    for model, definition in schema["$defs"].items():
        if model not in IMPERSONAL_MODELS:
            found |= {
                f"{model}.{name}" for name in definition.get("properties", {}) if name in PERSONAL or "email" in name
            }
    return found


def test_personal_data_is_on_one_topic_only() -> None:
    found = {name: personal_fields(generate.schema(event)) for name, event in EVENTS.items()}
    assert found.pop("intake.person.described.v1") == {
        f"PersonDescribed.{field}" for field in ("name", "email", "institution", "language", "time_zone")
    }
    assert {name: fields for name, fields in found.items() if fields} == {}
    assert [topic.name for topic in TOPICS.values() if topic.personal] == [INTAKE_PEOPLE.name]
    assert INTAKE_PEOPLE.compacted


def test_every_service_has_a_dead_letter_topic_and_reads_its_own_objects() -> None:
    assert {f"dlq.{consumer}" for consumer in CONSUMERS} <= set(TOPICS)
    for writer, readers in OBJECT_READERS.items():
        assert writer in readers
        assert set(readers) <= set(SERVICES)


def test_people_are_forgotten_from_the_log_within_the_promised_times() -> None:
    assert INTAKE_PEOPLE.settings == {
        "cleanup.policy": "compact",
        "max.message.bytes": "1048576",
        "max.compaction.lag.ms": "3600000",
        "segment.ms": "3600000",
        "delete.retention.ms": "7776000000",
    }


def test_the_table_of_events_names_every_event_once_and_who_hears_it() -> None:
    lines = events().splitlines()
    assert [line.split()[0] for line in lines if line.split()[0] in EVENTS] == sorted(
        EVENTS, key=lambda name: (EVENTS[name].TOPIC.name, name)
    )
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == sorted(TOPICS)
    (decided,) = (line for line in lines if "review.case.decided.v1" in line)
    assert decided.split("  ")[-1].strip() == "hear: badging, intake, notify, ops"
    assert "review says" in decided


def test_contracts_import_nothing_but_pydantic_and_the_standard_library() -> None:
    script = (
        "import json, sys, pydantic; before = set(sys.modules)\n"
        "import contracts.__main__, contracts.session, contracts.dead_letters\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=check.FOLDER.parent, capture_output=True, text=True, check=True
    )
    loaded = {
        name
        for name in json.loads(done.stdout)
        if name not in sys.stdlib_module_names and not name.startswith("_sysconfigdata")
    }
    assert "contracts" in loaded
    assert loaded <= {
        "contracts",
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
    }


def test_the_contracts_of_this_checkout_are_generated_and_readable() -> None:
    files = history.in_folder(check.FOLDER)
    assert check.check_generated(files) == []
    assert check.check_examples(files) == []
    assert check.check_released(files) == []
