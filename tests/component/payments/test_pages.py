"""The page that people come back to from Stripe: what happened, what is next, nothing to strangers."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.session import COOKIE
from services.payments import usecases
from tests.component.payments.conftest import Till


async def come_back(till: Till, application: UUID, person: UUID | None, query: str = "") -> httpx.Response:
    headers = (
        {}
        if person is None
        else {"Cookie": f"{COOKIE}={till.service.session_for(person)['Authorization'].removeprefix('Bearer ')}"}
    )
    return await till.service.client.get(f"/payments/{application}/return{query}", headers=headers)


def headline(answer: httpx.Response) -> str:
    found = re.findall(r"<h1>(.*?)</h1>", answer.text)
    assert (len(found), answer.text.count("<title>"), '<html lang="en">' in answer.text) == (1, 1, True)
    return str(found[0])


async def test_stripe_sends_people_back_to_this_page(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    back = urlsplit((await till.pay(session)).json()["redirect_url"])
    assert (back.path, back.query) == (f"/payments/{application}/return", "from=checkout")
    before = await come_back(till, application, person, "?" + back.query)
    assert headline(before) == "Your payment is being confirmed"
    for event in await till.notices(session):
        await till.tell(event)
    after = await come_back(till, application, person, "?" + back.query)
    assert headline(after) == "Your application fee is paid"
    assert f'href="/api/applications/{application}"' in after.text
    assert "Receipt" not in after.text
    await till.run(usecases.CHARGES)
    assert "Receipt" in (await come_back(till, application, person)).text


async def test_who_left_the_page_can_pay_from_here(till: Till) -> None:
    application, person = await till.due()
    page = await come_back(till, application, person)
    assert headline(page) == "Your application fee is not paid yet"
    assert "60.00 USD" in page.text
    (action,) = re.findall(r'action="([^"]+)"', page.text)
    cookie = f"{COOKIE}={till.service.session_for(person)['Authorization'].removeprefix('Bearer ')}"
    answer = await till.service.client.post(action, headers={"Cookie": cookie, "Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, "/c/pay/" in answer.headers["Location"]) == (303, True)
    foreign = await till.service.client.post(action, headers={"Cookie": cookie, "Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    session = answer.headers["Location"].rpartition("/")[2]
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    again = await till.service.client.post(action, headers={"Cookie": cookie})
    assert (again.status_code, again.headers["Location"]) == (303, f"/payments/{application}/return")


async def test_a_button_that_cannot_lead_anywhere_says_why(till: Till) -> None:
    application, person = await till.due()
    stranger = await till.service.add_person()
    button = f"/payments/{application}/checkout"
    till.proxy.faults.append("down")
    away = await till.service.client.post(button, headers=till.service.session_for(person))
    foreign = await till.service.client.post(button, headers=till.service.session_for(stranger))
    nobody = await till.service.client.post(button)
    assert [(page.status_code, headline(page)) for page in (away, foreign, nobody)] == [
        (503, "The payment page does not open now"),
        (404, "There is no such payment"),
        (401, "Sign in to see your payment"),
    ]


async def test_strangers_learn_nothing(till: Till) -> None:
    application, person = await till.due()
    stranger = await till.service.add_person()
    nobody, foreign, unknown = [
        await come_back(till, which, who)
        for which, who in ((application, None), (application, stranger), (uuid4(), person))
    ]
    assert [(page.status_code, headline(page)) for page in (nobody, foreign, unknown)] == [
        (401, "Sign in to see your payment"),
        (404, "There is no such payment"),
        (404, "There is no such payment"),
    ]
    assert [
        ("60.00" in page.text, page.headers["X-Correlation-ID"] in page.text) for page in (nobody, foreign, unknown)
    ] == [(False, True)] * 3


async def test_each_state_is_told(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    assert headline(await come_back(till, application, person)) == "Nothing is to be paid"
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    assert headline(await come_back(till, application, person)) == "Your payment goes back to you"
    await till.run(usecases.REFUNDS)
    assert headline(await come_back(till, application, person)) == "Your payment was given back"

    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    event["data"]["object"]["amount_total"] = 1
    await till.tell(event)
    assert headline(await come_back(till, application, person)) == "Your payment needs a look"


async def test_a_second_payment_is_told(till: Till) -> None:
    application, person = await till.due()
    await till.paid(application, person)
    await till.service.database.pool.execute("UPDATE fees SET paid_at = paid_at - interval '1 hour'")
    other, stranger = await till.due()
    second = await till.opened(other, stranger)
    await till.pay(second)
    (event,) = await till.notices(second)
    event["data"]["object"]["metadata"] = {"application_id": str(application), "attempt": "9"}
    await till.tell(event)
    page = await come_back(till, application, person)
    assert (headline(page), "second payment" in page.text) == ("Your application fee is paid", True)


@pytest.mark.parametrize("minutes", [0, 9 * 60])
async def test_the_page_ends_with_the_session(till: Till, minutes: int) -> None:
    application, person = await till.due()
    headers = till.service.session_for(person)
    till.service.clock.move(minutes=minutes)
    answer = await till.service.client.get(f"/payments/{application}/return", headers=headers)
    assert answer.status_code == (401 if timedelta(minutes=minutes) >= timedelta(hours=8) else 200)


async def test_the_page_loads_nothing_from_elsewhere(till: Till) -> None:
    application, person = await till.due()
    page = await come_back(till, application, person)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert re.findall(r"<(?:script|link|img|iframe)\b", page.text) == []
