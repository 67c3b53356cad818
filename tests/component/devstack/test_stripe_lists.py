"""Lists of the sandbox: filters, pages, search."""

import pytest
import stripe

from tests.component.devstack.running import Sandbox


async def test_sessions_are_listed_by_state_time_and_customer(own_sandbox: Sandbox) -> None:
    sessions = own_sandbox.stripe.v1.checkout.sessions
    first = await own_sandbox.paid("a-1", customer_email="ann@example.org")
    await own_sandbox.http.put("/sandbox/clock", json={"offset_seconds": 1000})
    second = await own_sandbox.begin("a-2", customer_email="bea@example.org")
    third = await own_sandbox.begin("a-3")
    await sessions.expire_async(third.id)

    async def listed(**params: object) -> list[str]:
        return [session.id for session in (await sessions.list_async(params=params)).data]  # type: ignore[arg-type]

    assert await listed() == [third.id, second.id, first.id]
    assert await listed(status="open") == [second.id]
    assert await listed(status="complete") == [first.id]
    assert await listed(status="expired") == [third.id]
    assert await listed(created={"lt": second.created}) == [first.id]
    assert await listed(created={"gte": second.created}, status="open") == [second.id]
    assert await listed(created=first.created) == [first.id]
    assert await listed(payment_intent=first.payment_intent) == [first.id]
    assert await listed(customer_details={"email": "Bea@example.org"}) == [second.id]
    assert await listed(limit=1, starting_after=second.id) == [first.id]
    assert await listed(limit=1, ending_before=first.id) == [second.id]
    assert await listed(limit=2, ending_before=first.id) == [third.id, second.id]
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session: 'cs_no'"):
        await listed(starting_after="cs_no")
    with pytest.raises(stripe.InvalidRequestError, match="Invalid limit: must be at most 100"):
        await listed(limit=101)
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: colour"):
        await listed(colour="red")


async def test_stripes_client_walks_all_pages(own_sandbox: Sandbox) -> None:
    made = [(await own_sandbox.begin(f"a-{number}")).id for number in range(7)]
    page = await own_sandbox.stripe.v1.checkout.sessions.list_async(params={"limit": 3})
    assert (page.has_more, len(page.data)) == (True, 3)
    assert [session.id async for session in page.auto_paging_iter()] == made[::-1]


async def test_charges_are_found_by_application(sandbox: Sandbox) -> None:
    one, other = await sandbox.paid("a-one"), await sandbox.paid("a-other")
    charges = sandbox.stripe.v1.charges
    dotted = await sandbox.http.get(
        "/v1/charges", params={"metadata.application_id": "a-one"}, headers={"Authorization": "Bearer sk_test_x"}
    )
    bracketed = await charges.list_async(params={"metadata": {"application_id": "a-one"}})  # type: ignore[typeddict-unknown-key]
    searched = await charges.search_async(
        params={"query": "metadata['application_id']:'a-one'", "expand": ["data.balance_transaction"]}
    )
    assert [charge["payment_intent"] for charge in dotted.json()["data"]] == [one.payment_intent]
    assert [charge.payment_intent for charge in bracketed.data] == [one.payment_intent]
    assert [(charge.payment_intent, charge.balance_transaction.fee) for charge in searched.data] == [
        (one.payment_intent, 204)
    ]
    listed = {charge.metadata["application_id"] for charge in (await charges.list_async(params={"limit": 100})).data}
    assert {"a-one", "a-other"} <= listed
    assert [
        charge.id for charge in (await charges.list_async(params={"payment_intent": other.payment_intent})).data
    ] != [bracketed.data[0].id]
    with pytest.raises(stripe.InvalidRequestError, match="searches charges by"):
        await charges.search_async(params={"query": "amount>1"})


async def test_events_are_listed_by_type(own_sandbox: Sandbox) -> None:
    paid = await own_sandbox.paid()
    await own_sandbox.quiet()
    events = own_sandbox.stripe.v1.events
    kinds = [event.type for event in (await events.list_async()).data]
    assert kinds == ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]
    completed = (await events.list_async(params={"type": "checkout.session.completed"})).data
    assert [event.data.object["id"] for event in completed] == [paid.id]
    two = await events.list_async(params={"types": ["charge.succeeded", "payment_intent.succeeded"]})
    assert [event.type for event in two.data] == ["payment_intent.succeeded", "charge.succeeded"]
    one = await events.retrieve_async(completed[0].id)
    assert (one.type, one.api_version, one.pending_webhooks, one.livemode) == (
        "checkout.session.completed",
        "2026-10-28.endive",
        0,
        False,
    )


async def test_in_a_list_only_its_data_is_expanded(sandbox: Sandbox) -> None:
    paid = await sandbox.paid("a-expand")
    listed = await sandbox.stripe.v1.checkout.sessions.list_async(
        params={"payment_intent": paid.payment_intent, "expand": ["data.payment_intent.latest_charge"]}
    )
    assert [session.payment_intent.latest_charge.amount for session in listed.data] == [6000]
    with pytest.raises(stripe.InvalidRequestError, match=r"try expanding 'data\.payment_intent' instead"):
        await sandbox.stripe.v1.checkout.sessions.list_async(params={"expand": ["payment_intent"]})
