"""Addresses: one normal form, the person who confirmed one, and mail to the spelling that was typed."""

from uuid import UUID, uuid4

import pytest

from chassis.addresses import read
from contracts.events.links import LinkIssued
from contracts.events.people import PersonDescribed
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import Walker


@pytest.fixture
async def worldwide(service: StartService) -> Walker:
    """An intake whose mails go out by SMTPUTF8 too."""
    return Walker(
        await service(
            "intake",
            program_dir=PROGRAM,
            mail_smtputf8=True,
            sign_in_per_address="1000/minute",
            sign_in_per_client="1000/minute",
        )
    )


async def ask(intake: Walker, email: str, **more: object) -> None:
    await intake.call(None, "POST", "/api/sign-in", 202, json={"email": email, **more})


async def people(intake: Walker) -> dict[UUID, PersonDescribed]:
    """Everybody as the others know them now, in the order in which they were first heard of."""
    return {
        event.person_id: event
        for event in await intake.one.events(PersonDescribed)
        if isinstance(event, PersonDescribed)
    }


async def mailed(intake: Walker) -> list[str]:
    """Where each link's mail goes: to its person's address in the version that the link names."""
    described = {
        (one.person_id, one.version): one
        for one in await intake.one.events(PersonDescribed)
        if isinstance(one, PersonDescribed)
    }
    return [
        described[link.person_id, link.person_version].email
        for link in await intake.one.events(LinkIssued)
        if isinstance(link, LinkIssued)
    ]


async def test_addresses_that_the_older_standard_took_for_one_are_several_people(worldwide: Walker) -> None:
    emails = [
        "a@straße.example",
        "a@strasse.example",
        "ſam@example.org",
        "sam@example.org",
        "straße@example.org",
        "strasse@example.org",
    ]
    for email in emails:
        await ask(worldwide, email)
    assert await mailed(worldwide) == emails
    assert [one.email for one in (await people(worldwide)).values()] == emails
    sam = await worldwide.sign_in("sam@example.org")
    assert (await people(worldwide))[sam.person_id].email == "sam@example.org"


async def test_spellings_of_one_address_are_one_person(worldwide: Walker) -> None:
    ada = await worldwide.sign_in("ada@bücher.example")
    for email in (
        "ADA@BÜCHER.example",
        "ada@xn--bcher-kva.example",
        "Ada@bu\u0308cher.example",
        "ada@XN--BCHER-KVA.EXAMPLE",
        " ada@bücher。example ",
    ):
        assert (await worldwide.sign_in(email)).person_id == ada.person_id
    assert list(await people(worldwide)) == [ada.person_id]
    # Confirmed is what was confirmed: no other spelling changes where mail goes.
    assert await mailed(worldwide) == ["ada@bücher.example"] * 6
    assert (await people(worldwide))[ada.person_id].version == 2


async def test_a_contact_claims_nothing_and_is_mailed_as_it_was_asked_for_last(worldwide: Walker) -> None:
    first = await worldwide.ask_for_link("SAM@example.org")
    second = await worldwide.ask_for_link("sam@example.org")
    third = await worldwide.ask_for_link("sam@example.org")
    assert await mailed(worldwide) == ["SAM@example.org", "sam@example.org", "sam@example.org"]
    (contact,) = (await people(worldwide)).values()
    assert (contact.kind, contact.email, contact.version) == ("contact", "sam@example.org", 2)
    # Who reads the other mailbox is not who confirms this one.
    assert (await worldwide.call(None, "POST", "/api/sessions", 401, json={"token": first}))["type"] == "link_not_valid"
    for token in (second, third):
        body = await worldwide.call(None, "POST", "/api/sessions", 201, json={"token": token})
        assert body["person"]["email"] == "sam@example.org"
    await ask(worldwide, "SAM@example.org")
    assert (await mailed(worldwide))[-1] == "sam@example.org"


async def test_without_smtputf8_an_address_beyond_ascii_is_refused_with_a_remedy(intake: Walker) -> None:
    for email, letter in (("jörg@example.org", "ö"), ("ſam@example.org", "ſ"), ("用户@例子.example", "用")):
        refused = await intake.call(None, "POST", "/api/sign-in", 422, json={"email": email})
        assert refused["errors"] == [
            {
                "field": "email",
                "message": f"has {letter!r} before the @, and mail from here cannot reach such an address;"
                " give one with plain Latin letters there",
            }
        ]
    assert await people(intake) == {}
    await ask(intake, "a@straße.example")
    assert await mailed(intake) == ["a@straße.example"]


async def test_somebody_is_found_by_any_spelling(service: StartService) -> None:
    one = await service("intake", program_dir=PROGRAM, mail_smtputf8=True, first_admin_email="Jörg@Bücher.example")
    intake = Walker(one)
    admin = await intake.sign_in("jörg@xn--bcher-kva.example")
    for email in ("jörg@bücher.example", "JöRG@xn--bcher-kva.example", "jo\u0308rg@BÜCHER.example"):
        found = await intake.call(admin, "GET", "/api/people", 200, params={"email": email})
        assert [(person["person_id"], person["email"], person["roles"]) for person in found["items"]] == [
            (str(admin.person_id), "jörg@bücher.example", ["admin"])
        ]
    assert (await intake.call(admin, "GET", "/api/people", 200, params={"email": "JÖRG@bücher.example"}))["items"] == []
    refused = await intake.call(admin, "GET", "/api/people", 422, params={"email": "ada"})
    assert [error["field"] for error in refused["errors"]] == ["email"]


@pytest.mark.parametrize("email", ["admin", "admin@127.0.0.1", "jörg@example.org"])
async def test_a_first_administrator_who_could_never_sign_in_stops_the_start(service: StartService, email: str) -> None:
    with pytest.raises(SystemExit, match="FIRST_ADMIN_EMAIL"):
        await service("intake", program_dir=PROGRAM, first_admin_email=email)


OLD = [  # address, and the key that `str.casefold` made of it
    ("ſam@example.org", "sam@example.org"),
    ("straße@example.org", "strasse@example.org"),
    ("JÖRG@example.org", "jörg@example.org"),
    ("a@straße.example", "a@strasse.example"),
    ("Ada@bücher.example", "ada@bücher.example"),
    ("☃@\u2603.example", "☃@\u2603.example"),
    ("Eve@example.org", "eve@example.org"),
]


async def test_keys_of_the_old_kind_are_brought_over_at_the_start(worldwide: Walker) -> None:
    ids = {email: uuid4() for email, _ in OLD}
    await worldwide.one.database.pool.executemany(
        "INSERT INTO people (person_id, version, kind, email, email_key,"
        " sessions_valid_from) VALUES ($1, 1, 'contact', $2, $3, now())",
        [(ids[email], email, key) for email, key in OLD],
    )
    for _ in range(2):  # again changes nothing
        for begin in worldwide.one.running.service.on_start:
            await begin()
        rows = await worldwide.one.database.pool.fetch("SELECT email, email_key, version FROM people")
        expected = {email: read(email).key for email, _ in OLD if "☃" not in email} | {"☃@\u2603.example": ""}
        assert {row["email"]: (row["email_key"], row["version"]) for row in rows} == {
            email: (key, 1) for email, key in expected.items()
        }
    # What a stranger's address had claimed is free for its owner.
    sam = await worldwide.sign_in("sam@example.org")
    assert sam.person_id not in ids.values()
    await ask(worldwide, "ſam@example.org")
    link = (await worldwide.one.events(LinkIssued))[-1]
    assert isinstance(link, LinkIssued)
    assert link.person_id == ids["ſam@example.org"]


async def test_a_strangers_name_for_an_address_is_nobodys(worldwide: Walker) -> None:
    spam = "You won 5000 USD! Claim at http://evil.example"
    await ask(worldwide, "ada@example.org", name=spam)
    (contact,) = (await people(worldwide)).values()
    assert contact.name == ""
    said = [row["payload"] for row in await worldwide.one.database.pool.fetch("SELECT payload FROM outbox")]
    assert not [payload for payload in said if b"5000" in payload]
    # Ada asks for a link of her own, with her own name.
    await ask(worldwide, "ada@example.org", name="Ada")
    link = (await worldwide.one.events(LinkIssued))[-1]
    assert isinstance(link, LinkIssued)
    body = await worldwide.call(None, "POST", "/api/sessions", 201, json={"token": worldwide.open_link(link)})
    assert body["person"]["name"] == "Ada"
    # She has a name now: nobody gives her another.
    await ask(worldwide, "ada@example.org", name=spam)
    link = (await worldwide.one.events(LinkIssued))[-1]
    assert isinstance(link, LinkIssued)
    body = await worldwide.call(None, "POST", "/api/sessions", 201, json={"token": worldwide.open_link(link)})
    assert body["person"]["name"] == "Ada"
    assert [one.name for one in (await people(worldwide)).values()] == ["Ada"]
