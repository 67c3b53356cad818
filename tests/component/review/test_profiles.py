"""Profiles of reviewers: what they say, and who may have one."""

from contracts.events.catalog import CredentialPublished
from tests.component.review.bench_of_judges import Bench, definition
from tests.component.review.test_panels import panel
from tests.cursors import NO_PLACES


async def test_the_profile(bench: Bench) -> None:
    new = await bench.one.add_person(roles=("reviewer",), institution="East College")
    agreement = {"version": "7", "text": "Be fair.", "credentials": ["weaving"], "accepted": False, "accepted_at": None}
    empty = {
        "credentials": [],
        "capacity": 5,
        "institution": "East College",
        "agreement": agreement,
        "agreements": [agreement],
    }
    assert await bench.ok("GET", "/me", new) == empty
    signed = agreement | {"accepted": True, "accepted_at": bench.one.clock().isoformat()}
    saved = {
        "credentials": ["weaving"],
        "capacity": 2,
        "institution": "West",
        "agreement": signed,
        "agreements": [signed],
    }
    body = {
        "credentials": ["weaving", "weaving"],
        "capacity": 2,
        "institution": " West ",
        "agreement": {"accepted": True, "version": "7"},
    }
    assert await bench.ok("PUT", "/me", new, body) == saved
    bench.one.clock.move(hours=1)
    assert await bench.ok("PUT", "/me", new, body) == saved
    assert await bench.ok("GET", "/me", new) == saved
    await bench.one.deliver(CredentialPublished(version=1, definition=definition(version=3, agreement="8")))
    later = await bench.ok("GET", "/me", new)
    assert (later["agreement"]["version"], later["agreement"]["accepted"]) == ("8", False)
    back = await bench.ok("PUT", "/me", new, body | {"agreement": {"accepted": False, "version": "8"}})
    assert back["agreement"]["accepted"] is False


async def test_the_newest_agreement_admits_to_older_versions_too(bench: Bench) -> None:
    await bench.one.deliver(CredentialPublished(version=1, definition=definition(version=3, agreement="8")))
    assert (await bench.sign(bench.ann, capacity=0))["agreement"]["version"] == "8"
    new = await bench.one.add_person(roles=("reviewer",))
    await bench.sign(new, agreement={"accepted": True, "version": "8"})
    old_case, _ = await bench.case()
    assert await panel(bench, old_case) == {
        str(bench.ben): "assigned",
        str(bench.chair): "assigned",
        str(new): "assigned",
    }
    new_case, _ = await bench.case(credential_version=3)
    await bench.one.run_job("assign")
    assert await panel(bench, new_case) == {str(bench.chair): "assigned", str(new): "assigned"}


UNKNOWN_PROFILES: list[tuple[dict[str, object], str]] = [
    ({"credentials": ["hats"]}, "credentials.0"),
    ({"agreement": {"accepted": True, "version": "99"}}, "agreement.version"),
]
UNFIT_PROFILES: list[tuple[dict[str, object], str]] = [
    ({"credentials": ["HATS"]}, "credentials.0"),
    ({"capacity": -1}, "capacity"),
    ({"capacity": "many"}, "capacity"),
    ({"capacity": "5"}, "capacity"),
    ({"capacity": True}, "capacity"),
    ({"institution": "a\u2028b"}, "institution"),
    ({"institution": "\u200b"}, "institution"),
    ({"institution": "a\x00b"}, "institution"),
    ({"agreement": {"accepted": "yes", "version": "7"}}, "agreement.accepted"),
    ({"roles": ["chair"]}, "roles"),
]


async def test_a_profile_that_does_not_fit_changes_nothing(bench: Bench) -> None:
    before = await bench.ok("GET", "/me", bench.ann)
    body = {"credentials": ["weaving"], "capacity": 1, "institution": "X", "agreement": None}
    for status, profiles in ((422, UNFIT_PROFILES), (409, UNKNOWN_PROFILES)):
        problems = [await bench.refused(status, "PUT", "/me", bench.ann, body | change) for change, _ in profiles]
        assert [[error["field"] for error in problem["errors"]] for problem in problems] == [
            [field] for _, field in profiles
        ]
    assert await bench.ok("GET", "/me", bench.ann) == before


async def test_only_the_panels_people_have_a_profile_or_a_queue(bench: Bench) -> None:
    for path in ("/me", "/queue"):
        await bench.refused(403, "GET", path, bench.staff)
    await bench.refused(403, "GET", "/cases", bench.ann)
    await bench.refused(422, "GET", "/cases", bench.staff, state="done")
    for after in NO_PLACES:
        await bench.refused(422, "GET", "/cases", bench.staff, after=after)
        await bench.refused(422, "GET", "/queue", bench.ann, after=after)
