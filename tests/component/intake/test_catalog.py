"""The catalog: published once, shown on pages, kept for applications."""

import asyncio
import shutil
from pathlib import Path

from contracts.events.catalog import CredentialPublished
from program.loader import load
from services.intake.usecases import catalog
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import Walker


async def published(intake: Walker) -> list[tuple[str, int, str, str]]:
    said = [event for event in await intake.one.events(CredentialPublished) if isinstance(event, CredentialPublished)]
    return [(event.key, event.version, event.definition.name, event.definition.state) for event in said]


FIRST = [
    ("dyeing/1", 1, "Dyeing", "announced"),
    ("lacing/1", 1, "Lacing", "open"),
    ("spinning/1", 1, "Spinning", "planned"),
    ("weaving/1", 1, "Weaving", "open"),
]


async def publish(intake: Walker, folder: Path) -> int:
    async with intake.one.database.transaction() as tx:
        return await catalog.publish(tx, load(folder).credentials)


async def test_the_program_is_published_when_the_service_starts_and_once(intake: Walker) -> None:
    assert await published(intake) == FIRST
    assert await asyncio.gather(*(publish(intake, PROGRAM) for _ in range(4))) == [0, 0, 0, 0]
    assert await published(intake) == FIRST


async def test_a_change_is_published_once_by_replicas_that_start_together(intake: Walker, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    shutil.copytree(PROGRAM, folder)
    weaving = folder / "credentials" / "weaving" / "v1.yaml"
    weaving.write_text(weaving.read_text().replace("state: open", "state: retired"))
    (folder / "credentials" / "weaving" / "v2.yaml").write_text(
        weaving.read_text().replace(
            "version: 1\nname: Weaving\nstate: retired", "version: 2\nname: Fine Weaving\nstate: open"
        )
    )
    ada = await intake.sign_in()
    path = await intake.start(ada)
    assert sorted(await asyncio.gather(*(publish(intake, folder) for _ in range(4)))) == [0, 0, 0, 2]
    assert await published(intake) == [
        *FIRST,
        ("weaving/1", 2, "Weaving", "retired"),
        ("weaving/2", 1, "Fine Weaving", "open"),
    ]

    shown = await intake.call(None, "GET", "/api/credentials/weaving", 200)
    assert (shown["name"], shown["version"], shown["state"]) == ("Fine Weaving", 2, "open")
    # Whoever began stays on the version of the start; whoever begins now takes the open one.
    assert (await intake.call(ada, "GET", path, 200))["version"] == 1
    eve = await intake.sign_in()
    assert (await intake.call(eve, "GET", await intake.start(eve), 200))["version"] == 2


async def test_the_public_catalog_by_pages(intake: Walker) -> None:
    first = await intake.call(None, "GET", "/api/credentials?limit=3", 200)
    rest = await intake.call(None, "GET", f"/api/credentials?limit=3&after={first['next']}", 200)
    assert [one["slug"] for one in first["items"] + rest["items"]] == ["dyeing", "lacing", "spinning", "weaving"]
    assert rest["next"] is None
    weaving = await intake.call(None, "GET", "/api/credentials/weaving", 200)
    assert weaving == rest["items"][0]
    assert weaving["fee"] == {"amount_minor": 6000, "currency": "usd"}
    assert weaving["groups"][0]["items"][0] == {"key": "warp", "name": "Warp", "questions": ["Which warp?"]}
    assert weaving["requirements"][2] == {
        "key": "talk",
        "kind": "video",
        "name": "Talk",
        "description": "",
        "required": True,
        "due": "before_submission",
        "limits": {"min_minutes": 15, "max_minutes": 20},
        "path": "spoken",
    }
    assert [(level["key"], level["passing"]) for level in weaving["rubric"]["levels"]] == [
        ("not-yet", False),
        ("shown", True),
    ]
    assert [resource["key"] for resource in weaving["resources"]] == ["book", "course"]
    for missing in ("sewing", "we%0Aaving", "..%2Fweaving"):
        assert (await intake.client.get(f"/api/credentials/{missing}")).status_code == 404
    for address, field in (
        ("/api/credentials/we%00aving", "path"),
        ("/api/credentials?after=WyJuXHUwMDAwIl0", "after"),
        ("/api/credentials?after=%25", "after"),
        ("/api/credentials?after=", "after"),
        ("/api/credentials?after=%00", "after"),
        ("/api/credentials?limit=1&%00=2", "query"),
    ):
        assert [error["field"] for error in (await intake.call(None, "GET", address, 422))["errors"]] == [field]


async def test_the_program_of_the_checkout_can_be_applied_for(service: StartService) -> None:
    intake = Walker(await service("intake"))
    slugs = [
        item["slug"]
        for item in (await intake.call(None, "GET", "/api/credentials", 200))["items"]
        if item["state"] == "open"
    ]
    assert "community-engagement-fundamentals" in slugs
    ada = await intake.sign_in()
    for slug in slugs:
        await intake.start(ada, slug)
    assert len((await intake.call(ada, "GET", "/api/applications", 200))["items"]) == len(slugs)
