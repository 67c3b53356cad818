"""The fee as its payer sees it, and the way to Stripe's page and back. Strangers see nothing."""

import re
from html import unescape
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.claims import Money
from contracts.session import COOKIE
from services.payments import usecases
from tests.component.payments.conftest import Till

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}


def cookie(till: Till, person: UUID) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={till.service.session_for(person)['Authorization'].removeprefix('Bearer ')}"}


async def look(till: Till, path: str, person: UUID | None = None, **headers: str) -> httpx.Response:
    """Open a page as a browser does; redirects are not followed."""
    mine = {} if person is None else cookie(till, person)
    return await till.service.client.get(path, headers=BROWSER | mine | headers)


async def fee_page(till: Till, application: UUID, person: UUID) -> httpx.Response:
    answer = await look(till, f"/payments/{application}", person)
    assert answer.status_code == 200, answer.text
    return answer


def headline(answer: httpx.Response) -> str:
    found = re.findall(r"<h1>(.*?)</h1>", answer.text)
    assert (len(found), answer.text.count("<title>"), '<html lang="en">' in answer.text) == (1, 1, True)
    return unescape(found[0])


def words(answer: httpx.Response) -> str:
    main = answer.text.partition('<main id="main" tabindex="-1">')[2].partition("</main>")[0]
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", main).split()))


async def told(till: Till, session: str, **changes: object) -> None:
    """Stripe tells of a session; `changes` go into what it says."""
    for event in await till.notices(session):
        event["data"]["object"] |= changes
        await till.tell(event)


async def test_stripe_sends_people_back_to_a_page_that_waits_for_its_word(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    back = urlsplit((await till.pay(session)).json()["redirect_url"])
    assert (back.path, back.query) == (f"/payments/{application}/return", "from=checkout")
    address = f"{back.path}?{back.query}"
    before = await look(till, address, person)
    assert (before.status_code, headline(before)) == (200, "Your payment is being confirmed")
    # Without a script it loads itself anew; with one it asks, and is told to load once there is news.
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in before.text
    assert f'hx-get="{address}" hx-trigger="every 2s" hx-swap="none"' in before.text
    asked = await look(till, address, person, **{"HX-Request": "true"})
    assert (asked.status_code, asked.content, asked.headers.get("HX-Refresh")) == (204, b"", None)

    await told(till, session)

    asked = await look(till, address, person, **{"HX-Request": "true"})
    assert (asked.status_code, asked.content, asked.headers.get("HX-Refresh")) == (204, b"", "true")
    after = await look(till, address, person)
    assert (after.status_code, after.headers["Location"]) == (303, f"/payments/{application}")
    assert "microcred_told" not in after.headers.get("Set-Cookie", "")
    page = await fee_page(till, application, person)
    assert headline(page) == "Your application fee is paid"
    assert f'<a class="button" href="/applications/{application}">Go on with the application</a>' in page.text
    assert "Receipt" not in page.text
    await till.run(usecases.CHARGES)
    receipt = (await till.shown(application, person))["receipt_url"]
    assert f'<a href="{receipt}">Receipt of Stripe</a>' in (await fee_page(till, application, person)).text


async def test_who_leaves_stripes_page_is_told_that_nothing_was_charged(till: Till) -> None:
    application, person = await till.due()
    left = await look(till, f"/payments/{application}/return", person)
    assert (left.status_code, left.headers["Location"]) == (303, f"/payments/{application}")
    assert left.headers["Set-Cookie"].startswith("microcred_told=not_paid;")
    page = await till.service.client.get(
        left.headers["Location"], headers={"Cookie": cookie(till, person)["Cookie"] + "; microcred_told=not_paid"}
    )
    assert headline(page) == "Your application fee is not paid yet"
    assert words(page).startswith("You came back without paying. Nothing was charged.")
    assert 'microcred_told=""' in page.headers["Set-Cookie"]


async def test_the_button_leads_to_stripes_page_and_nowhere_else(till: Till) -> None:
    application, person = await till.due()
    page = await fee_page(till, application, person)
    (action,) = re.findall(r'action="(/payments/[^"]+)"', page.text)
    assert '<button class="button">Pay $60.00</button>' in page.text
    answer = await till.service.client.post(action, headers=BROWSER | cookie(till, person))
    place = urlsplit(answer.headers["Location"])
    assert (answer.status_code, place.path.startswith("/c/pay/")) == (303, True)
    policy = page.headers["Content-Security-Policy"]
    assert f"form-action 'self' {place.scheme}://{place.netloc};" in policy
    assert "default-src 'none';" in policy
    assert "unsafe" not in policy
    foreign = await till.service.client.post(action, headers=cookie(till, person) | {"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403

    session = place.path.rpartition("/")[2]
    await till.pay(session)
    await told(till, session)
    again = await till.service.client.post(action, headers=BROWSER | cookie(till, person))
    assert (again.status_code, again.headers["Location"]) == (303, f"/payments/{application}")


async def test_a_button_that_cannot_lead_anywhere_says_why_and_may_be_pressed_again(till: Till) -> None:
    application, person = await till.due()
    button = f"/payments/{application}/checkout"
    till.proxy.faults.append("down")
    away = await till.service.client.post(button, headers=BROWSER | cookie(till, person))
    assert (away.status_code, headline(away)) == (503, "Your application fee is not paid yet")
    assert "The payment page cannot be opened now The service that takes card payments does not answer." in words(away)
    assert "<title>Error: Application fee" in away.text
    assert f'action="{button}"' in away.text


async def test_nobody_and_somebody_else_learn_nothing(till: Till) -> None:
    application, person = await till.due()
    stranger = await till.service.add_person()
    for path in (f"/payments/{application}", f"/payments/{application}/return?from=checkout"):
        nobody = await look(till, path)
        assert nobody.status_code == 303
        place = urlsplit(nobody.headers["Location"])
        assert (place.path, httpx.QueryParams(place.query)["next"]) == ("/sign-in", path)
        for which, who in ((application, stranger), (uuid4(), person)):
            page = await look(till, path.replace(str(application), str(which)), who)
            assert (page.status_code, headline(page)) == (404, "There is no such page")
            assert ("60.00" in page.text, page.headers["X-Correlation-ID"] in page.text) == (False, True)
            assert page.headers["Cache-Control"] == "no-store"
    page = await look(till, "/payments/seven", person)
    assert (page.status_code, headline(page)) == (404, "There is no such page")
    button = f"/payments/{application}/checkout"
    before = {"Referer": f"http://127.0.0.1/payments/{application}"}
    nobody = await till.service.client.post(button, headers=BROWSER | before)
    assert nobody.headers["Location"] == f"/sign-in?next=%2Fpayments%2F{application}"
    assert (await till.service.client.post(button, headers=BROWSER | cookie(till, stranger))).status_code == 404
    assert await till.asked("/v1/checkout/sessions", application) == []


async def test_each_state_is_told(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    assert headline(await fee_page(till, application, person)) == "Nothing is to be paid"
    await till.pay(session)
    await told(till, session)
    assert headline(await fee_page(till, application, person)) == "Your payment goes back to you"
    await till.run(usecases.REFUNDS)
    assert headline(await fee_page(till, application, person)) == "Your payment was given back"

    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    await told(till, session, amount_total=1)
    assert headline(await fee_page(till, application, person)) == "Your payment needs a look"

    application, person = await till.due(fee=Money(amount_minor=0))
    page = await fee_page(till, application, person)
    assert (headline(page), "This application costs nothing." in words(page)) == ("Nothing is to be paid", True)


async def test_money_that_cannot_be_given_back_is_told(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    await till.pay(session)
    await told(till, session)
    await till.service.database.pool.execute("UPDATE payments SET state = 'stuck'")
    assert headline(await fee_page(till, application, person)) == "Your payment could not be given back yet"


@pytest.mark.parametrize(
    ("state", "words_of_it"),
    [
        ("returning", "A second payment goes back to you"),
        ("returned", "A second payment was given back"),
        ("stuck", "A second payment could not be given back yet"),
    ],
)
async def test_a_second_payment_is_told(till: Till, state: str, words_of_it: str) -> None:
    application, person = await till.due()
    await till.paid(application, person)
    await till.service.database.pool.execute("UPDATE fees SET paid_at = paid_at - interval '1 hour'")
    assert "second payment" not in words(await fee_page(till, application, person))
    other, stranger = await till.due()
    second = await till.opened(other, stranger)
    await till.pay(second)
    await told(till, second, metadata={"application_id": str(application), "attempt": "9"})
    await till.service.database.pool.execute(f"UPDATE payments SET state = '{state}' WHERE state = 'returning'")
    page = await fee_page(till, application, person)
    assert (headline(page), words_of_it in words(page)) == ("Your application fee is paid", True)


async def test_the_page_ends_with_the_session(till: Till) -> None:
    application, person = await till.due()
    mine = cookie(till, person)
    statuses = []
    for minutes in (0, 9 * 60):
        till.service.clock.move(minutes=minutes)
        statuses.append((await look(till, f"/payments/{application}", None, **mine)).status_code)
    assert statuses == [200, 303]


async def test_a_page_of_money_is_kept_by_nobody(till: Till) -> None:
    application, person = await till.due()
    page = await fee_page(till, application, person)
    assert page.headers["Cache-Control"] == "no-store"
    asked = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', page.text)
    assert [address for address in asked if not address.startswith("/static/")] == []


async def test_whoever_reads_spanish_gets_it(till: Till) -> None:
    application, person = await till.due()
    await till.service.add_person(person, version=2, language="es")
    page = await fee_page(till, application, person)
    assert '<html lang="es">' in page.text
    assert "Su tarifa de solicitud aún no está pagada" in page.text


async def test_the_api_describes_what_it_answers(till: Till) -> None:
    document = (await till.service.client.get("/openapi.json")).json()
    answered = {
        path: operation[method]["responses"][status]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path, method, status in (
            ("/api/payments/{application_id}", "get", "200"),
            ("/api/payments/{application_id}/checkout", "post", "201"),
            ("/api/ledger", "get", "200"),
        )
        if (operation := document["paths"][path])
    }
    assert answered == {
        "/api/payments/{application_id}": "Payment",
        "/api/payments/{application_id}/checkout": "PaymentPage",
        "/api/ledger": "Entries",
    }
