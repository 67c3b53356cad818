"""The fee's rules: every action in every state, and any sequence of facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.claims import Money
from contracts.event import Event
from contracts.events.payments import FeePaid, FeeRefunded, FeeWaived
from contracts.refusals import Invalid, WrongState
from services.payments.domain import fee_states, fees, ledger, receipts, staff_acts
from services.payments.domain.fee_states import Action, State
from services.payments.domain.fees import Change, Fee
from services.payments.domain.receipts import Payment

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
APPLICATION, PERSON = UUID(int=1), UUID(int=2)
SIXTY = Money(amount_minor=6000)


def a_fee(
    state: State = State.DUE, *payments: Payment, paid_at: datetime | None = None, withdrawn_at: datetime | None = None
) -> Fee:
    return Fee(APPLICATION, PERSON, "fundamentals", SIXTY, state, paid_at, withdrawn_at, payments)


def kept(intent: str = "pi_1") -> Payment:
    return Payment(intent, SIXTY, receipts.State.KEPT)


def kinds(change: Change) -> list[str]:
    return [str(entry.kind) for entry in change.entries]


def test_table_is_total_for_facts_and_commands_have_one_state_each() -> None:
    commands = {(State.DUE, Action.CHECK_OUT), (State.DUE, Action.WAIVE), (State.PAID, Action.GIVE_BACK)}
    asked = {action for _, action in commands}
    facts = {(state, action) for state in State for action in Action if action not in asked}
    assert set(fee_states.TRANSITIONS) == facts | commands


def test_no_fact_makes_a_settled_fee_due_again() -> None:
    ended = {State.CANCELLED, State.REFUNDED}
    moves = fee_states.TRANSITIONS.items()
    assert {after for (state, _), after in moves if state in ended} == ended
    assert {after for (state, _), after in moves if state is State.WAIVED} == {State.WAIVED}
    assert {after for (state, _), after in moves if state is not State.DUE} == set(State) - {State.DUE}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.PAID, "The fee is paid. You do not have to pay anything more. Go on with your application."),
        (
            State.MISPAID,
            "The fee is mispaid. A payment arrived that is not the amount of the fee. The program's"
            " staff will look at it. Do not pay again.",
        ),
        (
            State.CANCELLED,
            "The fee is cancelled, because the application was withdrawn. Apply again to pay for a new application.",
        ),
        (
            State.REFUNDED,
            "The fee is refunded, because the application was withdrawn. Apply again to pay for a new application.",
        ),
        (State.WAIVED, "The fee is waived. You do not have to pay anything. Go on with your application."),
        (
            State.REFUNDING,
            "The fee is being given back to you by the program's staff. Do not pay again."
            " Ask the staff what comes next.",
        ),
    ],
)
def test_checking_out_is_refused_with_the_state_and_what_is_possible(state: State, says: str) -> None:
    with pytest.raises(WrongState) as refused:
        fees.check_out(a_fee(state))
    assert str(refused.value) == says


def test_a_due_fee_can_be_checked_out() -> None:
    fees.check_out(a_fee())


def test_a_new_fee_is_due_and_in_the_books() -> None:
    change = fees.ask(APPLICATION, PERSON, "fundamentals", SIXTY, NOON)
    assert (change.fee, kinds(change), change.events) == (a_fee(), ["fee_due"], ())


def test_a_fee_of_nothing_is_paid_from_the_start() -> None:
    change = fees.ask(APPLICATION, PERSON, "fundamentals", Money(amount_minor=0), NOON)
    assert (change.fee.state, change.fee.paid_at, change.entries) == (State.PAID, NOON, ())
    assert change.events == (FeePaid(application_id=APPLICATION, person_id=PERSON, amount=Money(amount_minor=0)),)


def test_a_payment_of_the_fee_pays_it() -> None:
    change = fees.pay(a_fee(), "pi_1", SIXTY, NOON)
    assert change.fee == a_fee(State.PAID, kept(), paid_at=NOON)
    assert (change.payments, kinds(change)) == ((kept(),), ["payment"])
    assert change.events == (FeePaid(application_id=APPLICATION, person_id=PERSON, amount=SIXTY),)


def test_the_same_payment_again_changes_nothing() -> None:
    paid = a_fee(State.PAID, kept(), paid_at=NOON)
    assert fees.pay(paid, "pi_1", SIXTY, NOON + timedelta(days=1)) == Change(paid)


def test_a_second_payment_goes_back_whole_and_the_fee_stays_paid() -> None:
    change = fees.pay(a_fee(State.PAID, kept(), paid_at=NOON), "pi_2", SIXTY, NOON + timedelta(minutes=1))
    second = Payment("pi_2", SIXTY, receipts.State.RETURNING)
    assert change.fee == a_fee(State.PAID, kept(), second, paid_at=NOON)
    assert (change.payments, kinds(change), change.events) == ((second,), ["payment"], ())
    back = fees.confirm_return(change.fee, "pi_2")
    assert (back.fee.state, kinds(back), back.fee.refunded.amount_minor) == (State.PAID, ["refund"], 0)
    assert back.events == (
        FeeRefunded(
            application_id=APPLICATION, person_id=PERSON, amount=SIXTY, remaining_minor=6000, reason="paid_twice"
        ),
    )


@pytest.mark.parametrize(
    "amount", [Money(amount_minor=5999), Money(amount_minor=6001), Money(amount_minor=6000, currency="eur")]
)
def test_another_amount_or_currency_is_held_for_a_person(amount: Money) -> None:
    change = fees.pay(a_fee(), "pi_1", amount, NOON)
    assert (change.fee.state, change.fee.paid_at, change.fee.alert) == (State.MISPAID, None, "wrong_amount")
    assert (change.payments, kinds(change), change.events) == (
        (Payment("pi_1", amount, receipts.State.HELD),),
        ["payment"],
        (),
    )


def test_the_right_payment_after_a_wrong_one_pays_and_the_alert_stays() -> None:
    wrong = fees.pay(a_fee(), "pi_1", Money(amount_minor=10), NOON).fee
    change = fees.pay(wrong, "pi_2", SIXTY, NOON)
    assert (change.fee.state, change.fee.alert, len(change.events)) == (State.PAID, "wrong_amount", 1)


def test_withdrawing_an_unpaid_fee_cancels_it() -> None:
    change = fees.withdraw(a_fee(), NOON)
    assert (change.fee, kinds(change), change.events) == (
        a_fee(State.CANCELLED, withdrawn_at=NOON),
        ["credit_note"],
        (),
    )


def test_a_withdrawal_after_the_payment_gives_nothing_back() -> None:
    paid = a_fee(State.PAID, kept(), paid_at=NOON)
    change = fees.withdraw(paid, NOON + timedelta(microseconds=1))
    assert change == Change(replace(paid, withdrawn_at=NOON + timedelta(microseconds=1)))


@pytest.mark.parametrize("later_by", [0, 5])
@pytest.mark.parametrize("withdrawn_first_heard", [True, False])
def test_a_payment_after_the_withdrawal_goes_back_whichever_is_heard_first(
    withdrawn_first_heard: bool, later_by: int
) -> None:
    paid_at, withdrawn_at = NOON, NOON - timedelta(seconds=later_by)
    fee = a_fee()
    if withdrawn_first_heard:
        changes = [first := fees.withdraw(fee, withdrawn_at), fees.pay(first.fee, "pi_1", SIXTY, paid_at)]
    else:
        changes = [first := fees.pay(fee, "pi_1", SIXTY, paid_at), fees.withdraw(first.fee, withdrawn_at)]
    settled = fees.confirm_return(changes[-1].fee, "pi_1")
    assert (changes[-1].fee.state, changes[-1].payments) == (
        State.CANCELLED,
        (Payment("pi_1", SIXTY, receipts.State.RETURNING),),
    )
    assert sorted(kind for change in [*changes, settled] for kind in kinds(change)) == [
        "credit_note",
        "payment",
        "refund",
    ]
    assert (settled.fee.state, settled.fee.refunded) == (State.REFUNDED, SIXTY)
    assert settled.events == (
        FeeRefunded(application_id=APPLICATION, person_id=PERSON, amount=SIXTY, remaining_minor=0, reason="withdrawn"),
    )


def test_a_held_payment_goes_back_when_the_application_is_withdrawn() -> None:
    wrong = fees.pay(a_fee(), "pi_1", Money(amount_minor=10), NOON).fee
    change = fees.withdraw(wrong, NOON + timedelta(hours=1))
    assert (change.fee.state, change.payments) == (
        State.CANCELLED,
        (Payment("pi_1", Money(amount_minor=10), receipts.State.RETURNING),),
    )


def test_a_refund_said_twice_is_one_and_one_that_fails_is_for_a_person() -> None:
    cancelled = fees.pay(fees.withdraw(a_fee(), NOON).fee, "pi_1", SIXTY, NOON).fee
    failed = fees.fail_return(cancelled, "pi_1")
    assert (failed.fee.state, failed.fee.alert, failed.entries, failed.events) == (
        State.CANCELLED,
        "refund_failed",
        (),
        (),
    )
    assert fees.fail_return(failed.fee, "pi_1") == Change(failed.fee)
    done = fees.confirm_return(failed.fee, "pi_1")
    assert (done.fee.state, done.fee.alert) == (State.REFUNDED, None)
    assert fees.confirm_return(done.fee, "pi_1") == Change(done.fee)
    assert fees.fail_return(done.fee, "pi_1") == Change(done.fee)


def test_a_due_fee_is_waived() -> None:
    change = staff_acts.waive(a_fee())
    assert (change.fee, kinds(change)) == (a_fee(State.WAIVED), ["waiver"])
    assert change.events == (FeeWaived(application_id=APPLICATION, person_id=PERSON, amount=SIXTY),)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DUE])
def test_only_a_due_fee_is_waived(state: State) -> None:
    with pytest.raises(WrongState, match=f"The fee is {fee_states.CALLED[state]}, so it cannot be waived"):
        staff_acts.waive(a_fee(state))


def test_a_payment_of_a_waived_fee_goes_back_and_is_no_refund_of_the_fee() -> None:
    change = fees.pay(a_fee(State.WAIVED), "pi_1", SIXTY, NOON)
    back = Payment("pi_1", SIXTY, receipts.State.RETURNING)
    assert (change.fee, change.events) == (a_fee(State.WAIVED, back), ())
    settled = fees.confirm_return(change.fee, "pi_1")
    assert (settled.fee.state, settled.fee.refunded.amount_minor) == (State.WAIVED, 0)
    assert [event.reason for event in settled.events if isinstance(event, FeeRefunded)] == ["waived"]
    assert fees.withdraw(a_fee(State.WAIVED), NOON) == Change(a_fee(State.WAIVED, withdrawn_at=NOON))


def test_staff_give_a_payment_back_whole() -> None:
    paid = a_fee(State.PAID, kept(), paid_at=NOON)
    later = NOON + timedelta(days=3)
    change = staff_acts.give_back(paid, later, 6000)
    going = Payment("pi_1", SIXTY, receipts.State.RETURNING)
    expected = replace(paid, state=State.REFUNDING, given_back_at=later, payments=(going,))
    assert (change.fee, change.payments, kinds(change), change.events) == (expected, (going,), ["credit_note"], ())
    settled = fees.confirm_return(change.fee, "pi_1")
    assert (settled.fee.state, settled.fee.refunded, kinds(settled)) == (State.REFUNDED, SIXTY, ["refund"])
    assert settled.events == (
        FeeRefunded(application_id=APPLICATION, person_id=PERSON, amount=SIXTY, remaining_minor=0, reason="staff"),
    )
    with pytest.raises(WrongState, match="given back to you by the program's staff"):
        fees.check_out(settled.fee)


def test_what_staff_give_back_is_back_when_nothing_is_on_its_way_any_more() -> None:
    second = Payment("pi_2", SIXTY, receipts.State.RETURNING)
    fee = staff_acts.give_back(a_fee(State.PAID, kept(), second, paid_at=NOON), NOON).fee
    fee = fees.confirm_return(fee, "pi_2").fee
    assert fee.state is State.REFUNDING
    assert fees.confirm_return(fees.fail_return(fee, "pi_1").fee, "pi_1").fee.state is State.REFUNDED


@pytest.mark.parametrize("state", [state for state in State if state is not State.PAID])
def test_only_the_payment_of_a_paid_fee_is_given_back(state: State) -> None:
    with pytest.raises(WrongState, match=f"The fee is {fee_states.CALLED[state]}, so there is no payment"):
        staff_acts.give_back(a_fee(state), NOON)


def test_a_part_of_a_payment_is_not_given_back_and_nothing_of_a_fee_of_nothing() -> None:
    with pytest.raises(Invalid) as refused:
        staff_acts.give_back(a_fee(State.PAID, kept(), paid_at=NOON), NOON, 5999)
    assert [(fault.field, str(fault.text)) for fault in refused.value.faults] == [
        ("amount_minor", "must be 6000, or left out")
    ]
    with pytest.raises(WrongState, match="The fee cost nothing"):
        staff_acts.give_back(a_fee(State.PAID, paid_at=NOON), NOON)


@pytest.mark.parametrize("state", list(receipts.State))
@pytest.mark.parametrize("action", list(receipts.Action))
def test_every_action_on_every_payment(state: receipts.State, action: receipts.Action) -> None:
    moves = {
        (receipts.State.KEPT, receipts.Action.GIVE_BACK): receipts.State.RETURNING,
        (receipts.State.HELD, receipts.Action.GIVE_BACK): receipts.State.RETURNING,
        (receipts.State.RETURNING, receipts.Action.CONFIRM): receipts.State.RETURNED,
        (receipts.State.RETURNING, receipts.Action.FAIL): receipts.State.STUCK,
        (receipts.State.STUCK, receipts.Action.CONFIRM): receipts.State.RETURNED,
    }
    payment = Payment("pi_1", SIXTY, state)
    assert receipts.act(payment, action) == replace(payment, state=moves.get((state, action), state))


@pytest.mark.parametrize(("waited", "wait"), [(0, 2), (1, 2), (10, 10), (3600, 3600), (86_400, 21_600)])
def test_waits_for_an_answer_double_within_bounds(waited: int, wait: int) -> None:
    now = NOON + timedelta(seconds=waited)
    assert receipts.ask_again_at(NOON, now) == now + timedelta(seconds=wait)


FACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("pay"), st.sampled_from(["pi_1", "pi_2", "pi_3"]), st.sampled_from([6000, 6000, 6000, 5999, 12_000])
        ),
        st.tuples(st.just("withdraw"), st.integers(-3, 30), st.just(0)),
        st.tuples(st.just("confirm"), st.sampled_from(["pi_1", "pi_2", "pi_3"]), st.just(0)),
        st.tuples(st.just("fail"), st.sampled_from(["pi_1", "pi_2", "pi_3"]), st.just(0)),
        st.tuples(st.sampled_from(["waive", "give_back"]), st.just(0), st.just(0)),
        st.tuples(st.just("stripe_fee"), st.sampled_from(["pi_1", "pi_2", "pi_3"]), st.integers(0, 300)),
    ),
    max_size=14,
)


@given(FACTS)
def test_any_facts_in_any_order_balance_and_are_said_once(facts: list[tuple[str, int | str, int]]) -> None:
    change = fees.ask(APPLICATION, PERSON, "fundamentals", SIXTY, NOON)
    fee, events = change.fee, list[Event](change.events)
    books = {entry.entry_id: entry for entry in change.entries}
    for n, (what, which, number) in enumerate(facts):
        intent, at = str(which), NOON + timedelta(seconds=n)
        known = any(payment.payment_intent == intent for payment in fee.payments)
        match what:
            case "pay":
                change = fees.pay(fee, intent, Money(amount_minor=number), at)
            case "withdraw":
                change = fees.withdraw(fee, NOON + timedelta(seconds=int(which)))
            case "waive" if fee.state is State.DUE:
                change = staff_acts.waive(fee)
            case "give_back" if fee.state is State.PAID:
                change = staff_acts.give_back(fee, at)
            case "confirm" if known:
                change = fees.confirm_return(fee, intent)
            case "fail" if known:
                change = fees.fail_return(fee, intent)
            case "stripe_fee" if known:
                change = Change(
                    fee, entries=ledger.entries(ledger.Kind.STRIPE_FEE, APPLICATION, intent, Money(amount_minor=number))
                )
            case _:
                continue
        fee = change.fee
        events += change.events
        books = {entry.entry_id: entry for entry in change.entries} | books

    balance: dict[str, int] = dict.fromkeys(ledger.Account, 0)
    for entry in books.values():
        assert sum(line.debit_minor - line.credit_minor for line in entry.lines) == 0
        for line in entry.lines:
            balance[line.account] += line.debit_minor - line.credit_minor
    with_us = sum(
        payment.amount.amount_minor for payment in fee.payments if payment.state is not receipts.State.RETURNED
    )
    asked = 6000 if fee.state in (State.DUE, State.PAID, State.MISPAID) else 0
    paid = [event for event in events if isinstance(event, FeePaid)]
    refunds = [event for event in events if isinstance(event, FeeRefunded)]
    keeps = [payment for payment in fee.payments if payment.state is receipts.State.KEPT]

    assert balance[ledger.Account.STRIPE_BALANCE] + balance[ledger.Account.STRIPE_FEES] == with_us
    assert balance[ledger.Account.FEE_INCOME] == -asked
    assert balance[ledger.Account.RECEIVABLE] == asked - with_us
    assert len(paid) <= 1
    assert (len(keeps) == 1) == (fee.state is State.PAID)
    assert len(refunds) == sum(payment.state is receipts.State.RETURNED for payment in fee.payments)
    assert fee.refunded.amount_minor == (
        sum(e.amount.amount_minor for e in refunds) if fee.state is State.REFUNDED else 0
    )
