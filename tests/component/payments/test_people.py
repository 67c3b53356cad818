"""People come one by one or many at once. The newest state of each counts."""

from uuid import uuid4

import pytest

from contracts.events.people import PersonDescribed
from tests.component.payments.conftest import Till


async def test_people_who_come_together_are_known_with_the_address_that_stripe_is_told(till: Till) -> None:
    application, person = await till.due()
    stranger = uuid4()

    def described(person_id: object, version: int, email: str) -> PersonDescribed:
        fields = {"person_id": person_id, "version": version, "kind": "account", "name": "Ada", "email": email}
        return PersonDescribed.model_validate(fields | {"sessions_valid_from": till.service.clock()})

    await till.service.deliver(
        described(person, 3, "new@example.org"),
        described(stranger, 1, "other@example.org"),
        described(person, 2, "old@example.org"),
    )
    till.service.clock.move(seconds=1)
    assert (await till.check_out(application, stranger)).status_code == 404
    assert (await till.check_out(application, person)).status_code == 201
    (call,) = await till.asked("/v1/checkout/sessions", application)
    assert call["params"]["customer_email"] == "new@example.org"
    rows = await till.service.database.pool.fetch(
        "SELECT version, name, email FROM people WHERE person_id = ANY($1) ORDER BY version", [person, stranger]
    )
    assert [tuple(row) for row in rows] == [(1, "", "other@example.org"), (3, "", "new@example.org")]


@pytest.mark.parametrize(
    ("email", "told"), [("Ada@bücher.example", "Ada@xn--bcher-kva.example"), ("jörg@example.org", None), ("", None)]
)
async def test_stripe_is_told_an_address_in_ascii_or_none(till: Till, email: str, told: str | None) -> None:
    application, person = await till.due()
    await till.service.add_person(person, version=2, email=email)
    assert (await till.check_out(application, person)).status_code == 201
    (call,) = await till.asked("/v1/checkout/sessions", application)
    assert call["params"].get("customer_email") == told
