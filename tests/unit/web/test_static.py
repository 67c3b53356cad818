"""Files of pages: the address of each changes with its content."""

import gzip
import re

import httpx
from fastapi import FastAPI

from web import static


def served() -> httpx.AsyncClient:
    api = FastAPI()
    api.router.routes.extend(static.router().routes)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://test")


async def test_every_file_is_served_for_a_year() -> None:
    async with served() as client:
        for name, file in static.files().items():
            answer = await client.get(static.address(name), headers={"Accept-Encoding": "identity"})
            assert (answer.status_code, answer.content) == (200, file.content)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_text_is_packed() -> None:
    file = static.files()["app.css"]
    async with served() as client, client.stream("GET", file.address, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.headers["content-encoding"], gzip.decompress(raw)) == ("gzip", file.content)
    assert len(raw) < 10_000


def test_the_style_sheet_asks_for_files_that_are_there() -> None:
    sheet = static.files()["app.css"].content.decode()
    asked = set(re.findall(r"url\(([^)]+)\)", sheet))
    assert asked
    assert asked <= {file.address for file in static.files().values()}
    assert "//" not in sheet.replace("/*", "").replace("*/", "")


def test_what_a_first_visit_loads_is_small() -> None:
    files = static.files()
    first = [
        "app.css",
        "htmx.js",
        "page.js",
        "mark.svg",
        "icons.svg",
        *(name for name in files if name.endswith(".woff2")),
    ]
    weight = sum(len(files[name].packed or files[name].content) for name in first)
    assert weight < 130_000
