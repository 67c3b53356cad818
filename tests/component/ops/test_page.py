"""The console's page: who sees it, what it shows, its one button."""

from html.parser import HTMLParser
from uuid import uuid4

import httpx
import pytest

from contracts.claims import Money
from contracts.events.ops import RedriveRequested
from contracts.events.payments import FeePaid
from contracts.session import COOKIE
from services.ops.domain.lag import Lag
from services.ops.views import summed
from tests.component.conftest import StartService
from tests.component.ops.conftest import Console, relay
from tests.one_service import OneService


def cookie(service: OneService, person_id: object) -> dict[str, str]:
    token = service.session_for(person_id)["Authorization"].removeprefix("Bearer ")  # type: ignore[arg-type]
    return {"Cookie": f"{COOKIE}={token}"}


async def look(console: Console, path: str = "/ops") -> httpx.Response:
    return await console.service.client.get(path, headers=cookie(console.service, console.operator))


@pytest.fixture
async def letter(console: Console, service: StartService) -> dict[str, str]:
    """A dead letter whose key tries to be markup."""
    notify = await service("notify", smtp_from="no-reply@example.org")
    sent = notify.envelope(FeePaid(application_id=uuid4(), person_id=uuid4(), amount=Money(amount_minor=1)))
    await notify.deliver_records([notify.record(sent, key=b"<script>alert(1)</script>")])
    await relay(notify, console.service, "dlq.")
    (item,) = await console.items("dead-letters")
    return item


async def test_who_is_not_signed_in_or_no_operator_is_told_so(console: Console) -> None:
    ops = console.service
    nobody = await ops.client.get("/ops")
    assert (nobody.status_code, nobody.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert 'href="/signed-in"' in nobody.text
    staff = await ops.add_person(roles=("staff",))
    other = await ops.client.get("/ops", headers=cookie(ops, staff))
    assert other.status_code == 403
    assert "role operator" in other.text
    assert "Dead letters" not in nobody.text + other.text


async def test_it_shows_dead_letters_also_without_kafka(console: Console, letter: dict[str, str]) -> None:
    response = await look(console)
    assert response.status_code == 200
    assert "does not answer" in response.text
    assert "payments.fee.paid.v1" in response.text
    assert "<script>" not in response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert f'value="{letter["id"]}"' in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


async def test_it_shows_lag_and_topics(kafka: str, service: StartService) -> None:
    ops = await service("ops", kafka_bootstrap=kafka)
    response = await look(Console(ops, await ops.add_person(roles=("operator",))))
    assert "does not answer" not in response.text
    outline = Outline(response.text)
    assert outline.headings == ["Console", "Consumers", "Dead letters", "Topics"]
    assert outline.tables == 2, "there are no dead letters"
    assert "There are none." in response.text


async def test_the_button_asks_for_a_redrive(console: Console, letter: dict[str, str]) -> None:
    ops = console.service
    form = {"id": letter["id"]}
    headers = cookie(ops, console.operator)
    foreign = await ops.client.post("/ops/redrive", data=form, headers=headers | {"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    staff = await ops.add_person(roles=("staff",))
    assert (await ops.client.post("/ops/redrive", data=form, headers=cookie(ops, staff))).status_code == 403
    assert (await ops.client.post("/ops/redrive", data={"id": str(uuid4())}, headers=headers)).status_code == 404
    assert await console.asked() == []

    response = await ops.client.post("/ops/redrive", data=form, headers=headers | {"Sec-Fetch-Site": "same-origin"})
    assert (response.status_code, response.headers["location"]) == (303, "/ops?asked=1")
    (asked,) = await console.asked()
    assert isinstance(asked, RedriveRequested)
    assert [str(one) for one in asked.message_ids] == [letter["message_id"]]
    page = await look(console, "/ops?asked=1")
    assert "Asked for 1 letter to be taken again" in page.text
    assert "redrive asked for" in page.text
    assert f'value="{letter["id"]}"' not in page.text


def test_who_is_behind_comes_first_and_what_is_caught_up_is_one_row() -> None:
    lags = [
        Lag("intake", "payments.fees", 0, 1, 1, 0, 0.0),
        Lag("intake", "payments.fees", 1, 1, 4, 3, 2.04),
        Lag("intake", "payments.fees", 2, 1, 2, 1, 9.96),
        Lag("intake", "review.cases", 0, 0, 0, 0, 0.0),
        Lag("intake", "badging.badges", 3, 0, 0, 0, 0.0),
        Lag("notify", "payments.fees", 0, 1, 1, 0, 0.0),
        Lag("ops", "payments.fees", 0, None, 1, 1, None),
    ]
    assert summed(lags) == [
        {"consumer": "intake", "topic": "payments.fees", "records": 4, "seconds": "10.0"},
        {"consumer": "ops", "topic": "payments.fees", "records": 1, "seconds": "unknown"},
        {"consumer": "intake", "topic": "caught up on 2 topics", "records": 0, "seconds": "0.0"},
        {"consumer": "notify", "topic": "caught up on 1 topic", "records": 0, "seconds": "0.0"},
    ]


async def test_its_style_sheet(console: Console) -> None:
    response = await console.service.client.get("/static/ops.css")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/css; charset=utf-8")


class Outline(HTMLParser):
    """The headings of a page, and how many tables it has (each with a caption and scoped headers)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.tables = 0
        self._in_heading = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_heading = tag in ("h1", "h2")
        self.tables += tag == "caption"
        if tag == "th":
            assert dict(attrs)["scope"] in ("col", "row")

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.headings.append(data)
            self._in_heading = False
