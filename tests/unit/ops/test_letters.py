"""Every action in every state of a dead letter, and the parts of an operator's request."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest

from contracts.dead_letters import LetterHeaders
from contracts.events.ops import DiscardRequested, RedriveRequested
from services.ops.domain import letters
from services.ops.domain.journal import MOST_TYPE
from services.ops.domain.letters import Action, Group, Letter, LetterReport, NotFiled, State

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MESSAGE = UUID(int=1)
MOVES = {
    (State.FILED, Action.FILE): State.FILED,
    (State.FILED, Action.REDRIVE): State.REDRIVEN,
    (State.FILED, Action.DISCARD): State.DISCARDED,
    (State.REDRIVEN, Action.FILE): State.FILED,
    (State.DISCARDED, Action.FILE): State.FILED,
}


def a_letter(**changes: object) -> Letter:
    message_id = changes.pop("message_id", MESSAGE)
    consumer = changes.pop("consumer", "review")
    fields = {
        "id": letters.letter_id(str(consumer), UUID(str(message_id))),
        "consumer": consumer,
        "message_id": message_id,
        "topic": "payments.fees",
        "partition": 1,
        "offset": 7,
        "key": "k",
        "type": "payments.fee.paid.v1",
        "error": "why",
        "attempts": 3,
        "behind": False,
        "at": NOON,
        "state": State.FILED,
    }
    return Letter(**(fields | changes))  # type: ignore[arg-type]


def heard(outcome: str = "filed", **changes: object) -> LetterReport | None:
    fields = {
        "message_id": MESSAGE,
        "consumer": "review",
        "topic": "payments.fees",
        "partition": 1,
        "offset": 7,
        "error": "why",
        "attempts": 3,
    }
    marks = LetterHeaders(**(fields | {"at": NOON, "outcome": outcome} | changes))  # type: ignore[arg-type]
    return letters.hear("dlq.review", "k", [("type", b"payments.fee.paid.v1"), *marks.encode()])


def test_a_copy_is_read_as_its_consumer_wrote_it() -> None:
    assert heard() == LetterReport(Action.FILE, a_letter())
    assert heard(behind=True, error="", attempts=0) == LetterReport(
        Action.FILE, a_letter(behind=True, error="", attempts=0)
    )


@pytest.mark.parametrize("pairs", [[], [("dlq-consumer", b"review")], [("dlq-message-id", b"\xff\x00")]])
def test_a_record_without_the_marks_is_no_letter(pairs: list[tuple[str, bytes]]) -> None:
    assert letters.hear("dlq.review", "", pairs) is None


@pytest.mark.parametrize(
    "marks",
    [
        {"dlq-partition": b"99999999999"},
        {"dlq-partition": b"-1"},
        {"dlq-offset": b"9223372036854775808"},
        {"dlq-offset": b"9" * 5_000},
        {"dlq-attempts": b"2147483648"},
        {"dlq-at": b"0001-01-01T00:00:00+14:00"},
        {"dlq-at": b"9999-12-31T23:59:59-14:00"},
        {"dlq-consumer": b"payments"},
        {"dlq-consumer": b"x" * 900_000},
        {"dlq-topic": b"t" * 250},
        {"dlq-topic": b"a\x00b"},
        {"dlq-topic": b""},
        {"dlq-message-id": b"\xff"},
    ],
    ids=str,
)
def test_marks_that_no_consumer_can_have_written_are_no_marks(marks: dict[str, bytes]) -> None:
    written = LetterHeaders(
        message_id=MESSAGE, consumer="review", topic="payments.fees", partition=1, offset=7, at=NOON
    )
    pairs = dict(written.encode())
    assert letters.hear("dlq.review", "k", pairs.items()) is not None
    assert letters.hear("dlq.review", "k", (pairs | marks).items()) is None


def test_texts_of_any_length_are_cut() -> None:
    said = heard(error="e" * 900_000)
    assert said is not None
    assert said.letter.error == "e" * letters.MOST_ERROR
    pairs = LetterHeaders(
        message_id=MESSAGE, consumer="review", topic="payments.fees", partition=1, offset=7, at=NOON
    ).encode()
    said = letters.hear("dlq.review", "k", [("type", b"\xff\x00" * 400_000), *pairs])
    assert said is not None
    assert said.letter.type == "\ufffd" * MOST_TYPE


def test_an_outcome_from_the_future_changes_nothing() -> None:
    assert heard("composted") is None


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_action_in_every_state(state: State, action: Action) -> None:
    before = a_letter(state=state, attempts=1, asked="redrive" if state is State.FILED else None)
    said = heard(action.value, attempts=2)
    assert said is not None
    after = letters.apply(before, said)
    if (state, action) not in MOVES:
        assert after == before
    elif action is Action.FILE:
        assert after == a_letter(attempts=2)
    else:
        assert after == a_letter(state=MOVES[state, action], attempts=1)


@pytest.mark.parametrize(
    ("action", "state"),
    [(Action.FILE, State.FILED), (Action.REDRIVE, State.REDRIVEN), (Action.DISCARD, State.DISCARDED)],
)
def test_a_letter_that_was_never_seen_before_begins_with_what_is_said(action: Action, state: State) -> None:
    said = heard(action.value)
    assert said is not None
    assert letters.apply(None, said) == a_letter(state=state)


def test_one_message_is_two_letters_for_two_consumers() -> None:
    assert letters.letter_id("intake", MESSAGE) != letters.letter_id("notify", MESSAGE)


def test_letters_are_grouped_by_key_in_the_order_of_their_offsets() -> None:
    one, two, three = (uuid4() for _ in range(3))
    first, second = a_letter(message_id=one, offset=9), a_letter(message_id=two, offset=10)
    other = a_letter(message_id=three, key="j", offset=1)
    assert letters.grouped([second, other, first]) == [
        Group("review", "payments.fees", "j", (other,)),
        Group("review", "payments.fees", "k", (first, second)),
    ]


def test_a_settled_letter_is_refused() -> None:
    with pytest.raises(NotFiled, match="redriven; only a filed one"):
        letters.grouped([a_letter(state=State.REDRIVEN)])


def test_what_is_asked_names_the_messages_and_never_grows_too_large() -> None:
    many = [a_letter(message_id=UUID(int=n), offset=n) for n in range(letters.MOST_IDS + 1)]
    (group,) = letters.grouped(many)
    ids = tuple(letter.message_id for letter in many)
    of = {"consumer": "review", "topic": "payments.fees", "letter_key": "k"}
    assert group.redrives() == [
        RedriveRequested(**of, message_ids=ids[: letters.MOST_IDS]),
        RedriveRequested(**of, message_ids=ids[letters.MOST_IDS :]),
    ]
    assert group.discards() == [
        DiscardRequested(**of, message_ids=ids[: letters.MOST_IDS]),
        DiscardRequested(**of, message_ids=ids[letters.MOST_IDS :]),
    ]
    assert len(group.redrives()[0].model_dump_json()) < 400_000
