"""A fee is named after its credential on Stripe's pages and on ours. Until the catalog is known, it has the slug."""

from typing import Any

from contracts.catalog import CredentialDefinition
from contracts.events.catalog import CredentialPublished
from tests.component.payments.conftest import SLUG, Till
from tests.component.payments.test_broken_off import crash_while_opening, states
from tests.component.payments.test_pages import fee_page, words

NAME = "Fundamentals & More"


async def publish(till: Till, name: str, published: int, version: int = 1) -> None:
    definition = CredentialDefinition(slug=SLUG, version=version, name=name, state="open")
    await till.service.deliver(CredentialPublished(version=published, definition=definition))


async def on_the_page(till: Till, application: Any) -> tuple[str, str]:
    """What Stripe was told that is paid for: on the line of the page, and on the receipt."""
    (call,) = await till.asked("/v1/checkout/sessions", application)
    params = call["params"]
    return params["line_items"][0]["price_data"]["product_data"]["description"], params["payment_intent_data"][
        "description"
    ]


async def test_what_is_paid_for_is_called_by_its_name(till: Till) -> None:
    await publish(till, NAME, 2)
    await publish(till, "An older name", 1)
    await publish(till, "Another version", 1, version=2)
    application, person = await till.due()
    await till.paid(application, person)
    assert await on_the_page(till, application) == (NAME, f"Application fee, {NAME}")
    assert f"What for {NAME} Application fee $60.00" in words(await fee_page(till, application, person))


async def test_until_the_catalog_is_here_the_slug_has_to_do(till: Till) -> None:
    application, person = await till.due()
    await till.opened(application, person)
    assert await on_the_page(till, application) == (SLUG, f"Application fee, {SLUG}")
    assert f"What for {SLUG} Application fee $60.00" in words(await fee_page(till, application, person))
    await publish(till, NAME, 1)
    assert f"What for {NAME} Application fee $60.00" in words(await fee_page(till, application, person))


async def test_a_name_that_comes_while_a_page_opens_takes_another_attempt(till: Till) -> None:
    application, person = await till.due()
    await crash_while_opening(till, application, person)
    await publish(till, NAME, 1)
    assert (await till.check_out(application, person)).status_code == 201
    assert await states(till, application) == [(1, "closed"), (2, "open")]
