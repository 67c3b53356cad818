"""The declarations of events, and smaller contracts: headers of dead letters and session claims."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts.dead_letters import LetterHeaders
from contracts.event import EVENTS, Event, without_major
from contracts.session import SessionClaims
from contracts.topics import PAYMENTS_FEES


def test_an_event_needs_a_type_and_a_topic_of_its_own() -> None:
    before = dict(EVENTS)
    with pytest.raises(TypeError, match="Nameless: an event needs type= and topic="):

        class Nameless(Event, topic=PAYMENTS_FEES):
            pass

    with pytest.raises(TypeError, match="Homeless: an event needs type= and topic="):

        class Homeless(Event, type="payments.fee.lost.v1"):
            pass

    with pytest.raises(TypeError, match=r"payments\.fee\.paid\.v1 is declared twice"):

        class Twice(Event, type="payments.fee.paid.v1", topic=PAYMENTS_FEES):
            pass

    assert before == EVENTS


def test_an_event_that_does_not_say_its_key_is_refused_when_it_is_said() -> None:
    try:

        class Keyless(Event, type="payments.fee.lost.v1", topic=PAYMENTS_FEES):
            pass

        with pytest.raises(TypeError, match=r"payments\.fee\.lost\.v1 does not say its key"):
            _ = Keyless().key
    finally:
        EVENTS.pop("payments.fee.lost.v1")


def test_a_fact_is_called_the_same_in_every_major() -> None:
    assert without_major("payments.fee.paid.v1") == without_major("payments.fee.paid.v12") == "payments.fee.paid"


def test_a_dead_letters_headers_are_text_and_are_read_the_same() -> None:
    letter = LetterHeaders(
        message_id=UUID(int=1),
        consumer="review",
        topic="intake.applications",
        partition=2,
        offset=30,
        error="does not fit",
        attempts=4,
        behind=True,
        at=datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC),
        outcome="filed",
    )
    encoded = letter.encode()
    assert dict(encoded) == {
        "dlq-message-id": b"00000000-0000-0000-0000-000000000001",
        "dlq-consumer": b"review",
        "dlq-topic": b"intake.applications",
        "dlq-partition": b"2",
        "dlq-offset": b"30",
        "dlq-error": b"does not fit",
        "dlq-attempts": b"4",
        "dlq-behind": b"true",
        "dlq-at": b"2026-03-02T01:02:03Z",
        "dlq-outcome": b"filed",
    }
    own = [("type", b"payments.fee.paid.v1"), ("id", b"?")]
    assert LetterHeaders.model_validate({name: raw.decode() for name, raw in [*own, *encoded]}) == letter


def test_a_letter_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone info"):
        LetterHeaders(
            message_id=UUID(int=1),
            consumer="review",
            topic="t",
            partition=0,
            offset=0,
            at=datetime(2026, 3, 2),  # noqa: DTZ001
        )


def test_a_session_names_its_person_and_issuer() -> None:
    claims = SessionClaims.model_validate({"sub": str(UUID(int=1)), "iat": 1.5, "exp": 2, "roles": ["admin"]})
    assert claims.model_dump() == {"sub": UUID(int=1), "iat": 1.5, "exp": 2.0, "iss": "intake"}
