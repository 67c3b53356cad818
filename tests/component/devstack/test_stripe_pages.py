"""The hosted payment page and the receipt, over HTTP as a browser uses them."""

import re

import pytest

from tests.component.devstack.running import Sandbox, wanted


async def test_a_person_is_declined_tries_again_and_comes_back_paid(sandbox: Sandbox) -> None:
    session = await sandbox.begin("a-page", customer_email="ann@example.org")
    page = await sandbox.http.get(session.url)
    assert (page.status_code, page.text.count("<h1"), '<html lang="en">' in page.text) == (200, 1, True)
    assert "Pay $60.00 USD" in page.text
    assert 'href="http://127.0.0.1:9/not-paid"' in page.text
    card = {"card": "4000 0000 0000 0002", "expiry": "12 / 34", "cvc": "123", "name": "Ann Applicant"}
    declined = await sandbox.http.post(session.url, data=card)
    assert (declined.status_code, "Your card was declined." in declined.text, 'role="alert"' in declined.text) == (
        402,
        True,
        True,
    )
    assert 'value="Ann Applicant"' in declined.text
    paid = await sandbox.http.post(session.url, data=card | {"card": "4242 4242 4242 4242"})
    assert (paid.status_code, paid.headers["location"]) == (303, f"http://127.0.0.1:9/paid?session={session.id}")
    seen = await sandbox.stripe.v1.checkout.sessions.retrieve_async(
        session.id, params={"expand": ["payment_intent.latest_charge"]}
    )
    assert (seen.payment_status, seen.customer_details.email, seen.customer_details.name) == (
        "paid",
        "ann@example.org",
        "Ann Applicant",
    )
    again = await sandbox.http.get(session.url)
    assert (again.status_code, "This is paid" in again.text, f"session={session.id}" in again.text) == (200, True, True)
    assert (await sandbox.http.post(session.url, data=card)).status_code == 200
    assert (
        len((await sandbox.stripe.v1.charges.list_async(params={"payment_intent": seen.payment_intent.id})).data) == 2
    )
    receipt = await sandbox.http.get(seen.payment_intent.latest_charge.receipt_url)
    assert (receipt.status_code, "$60.00 USD" in receipt.text, "ending in 4242" in receipt.text) == (200, True, True)


async def test_the_card_number_alone_is_enough(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    assert (await sandbox.http.post(session.url, data={"card": "4242424242424242"})).status_code == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"card": "4242 4242 4242 4241"}, "card"),
        ({"card": ""}, "card"),
        ({"expiry": "13 / 34"}, "expiry"),
        ({"expiry": "01 / 20"}, "expiry"),
        ({"cvc": "12"}, "cvc"),
        ({"email": "ann"}, "email"),
    ],
)
async def test_a_wrong_field_is_named_beside_it_and_nothing_is_paid(
    sandbox: Sandbox, typed: dict[str, str], field: str
) -> None:
    session = await sandbox.begin()
    answer = await sandbox.http.post(
        session.url, data={"card": "4242424242424242", "expiry": "12 / 34", "cvc": "123"} | typed
    )
    assert (answer.status_code, re.findall(r'<input id="(\w+)"[^>]*aria-invalid="true"', answer.text, re.DOTALL)) == (
        422,
        [field],
    )
    assert f'aria-describedby="{field}-hint {field}-error"' in answer.text
    assert (await sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id)).payment_intent is None


async def test_every_field_has_a_label(sandbox: Sandbox) -> None:
    page = (await sandbox.http.get((await sandbox.begin()).url)).text
    assert (
        re.findall(r'<input id="(\w+)"', page)
        == re.findall(r'<label for="(\w+)"', page)
        == ["email", "card", "expiry", "cvc", "name"]
    )


async def test_an_expired_and_an_unknown_page_say_what_to_do(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    await sandbox.http.put("/sandbox/clock", json={"offset_seconds": 90_000})
    expired = await sandbox.http.post(session.url, data={"card": "4242424242424242"})
    assert (expired.status_code, "has expired" in expired.text, "http://127.0.0.1:9/not-paid" in expired.text) == (
        410,
        True,
        True,
    )
    unknown = await sandbox.http.get("/c/pay/cs_test_no")
    assert (unknown.status_code, "There is no such payment page" in unknown.text) == (404, True)
    assert (await sandbox.http.get("/receipts/ch_no")).status_code == 404


async def test_nothing_a_caller_sends_becomes_markup(sandbox: Sandbox) -> None:
    params = wanted("a-1")
    params["line_items"][0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    session = await sandbox.stripe.v1.checkout.sessions.create_async(params=params)  # type: ignore[arg-type]
    answer = await sandbox.http.post(str(session.url), data={"card": '"><script>2</script>'})
    for text in (answer.text, (await sandbox.http.get("/")).text):
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_pages_load_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    page = await sandbox.http.get(session.url)
    assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == ["/static/sandbox.css", "http://127.0.0.1:9/not-paid"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert (await sandbox.http.get("/static/sandbox.css")).status_code == 200


async def test_the_first_page_lists_payments_or_says_that_there_are_none(own_sandbox: Sandbox) -> None:
    assert "Nobody has begun a payment yet" in (await own_sandbox.http.get("/")).text
    session = await own_sandbox.begin()
    assert f'href="/c/pay/{session.id}"' in (await own_sandbox.http.get("/")).text
