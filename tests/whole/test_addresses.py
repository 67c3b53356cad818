"""People with addresses beyond ASCII in the whole system: they ask for a link, get the mail and sign in."""

from tests.system.whole import Whole


async def test_who_has_an_address_beyond_ascii_signs_in_by_the_mailed_link(whole: Whole) -> None:
    world = whole.world
    jo = await world.sign_in("jörg@bücher.example", "Jörg")
    assert (await jo.do("GET", "intake", "/api/sessions/current"))["person"]["email"] == "jörg@bücher.example"
    assert (await world.sign_in("jörg@xn--bcher-kva.example")).person_id == jo.person_id
    assert [mail["To"][0]["Address"] for mail in await world.mails("jörg@bücher.example")] == [
        "jörg@xn--bcher-kva.example"
    ] * 2
    one, other = await world.sign_in("ina@straße.example"), await world.sign_in("ina@strasse.example")
    assert one.person_id != other.person_id
    assert [len(await world.mails(email)) for email in ("ina@straße.example", "ina@strasse.example")] == [1, 1]
