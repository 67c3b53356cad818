"""Which form of a document a client gets, and when it gets none because it has it already."""

import pytest
from fastapi import Request

from services.badging.representation import CREDENTIAL_TYPES, HTML, answer, chosen

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": pairs})


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (BROWSER, "text/html"),
        ("*/*", "text/html"),
        ("", "text/html"),
        ("application/json", "application/json"),
        ("application/ld+json, application/json;q=0.5", "application/ld+json"),
        ("application/vc", "application/vc"),
        ("text/html;q=0.1, application/vc+ld+json", "application/vc+ld+json"),
        ("application/*", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("image/png", "text/html"),
        ("application/json;q=nonsense, text/html;q=0.1", "text/html"),
        ("APPLICATION/JSON ; Q=1", "application/json"),
    ],
)
def test_accept(accept: str, form: str) -> None:
    assert chosen(request(Accept=accept), (HTML, *CREDENTIAL_TYPES)) == form


def test_no_accept_header_is_anything() -> None:
    assert chosen(request(), (HTML, *CREDENTIAL_TYPES)) == HTML


def test_what_may_be_kept_says_how_long_and_in_which_form() -> None:
    document = answer(request(), b"{}", "application/json", 300)

    assert document.headers["cache-control"] == "public, max-age=300"
    assert document.headers["vary"] == "Accept"
    assert document.headers["content-type"] == "application/json"


def test_who_has_it_gets_nothing() -> None:
    tag = answer(request(), b"{}", "application/json", 300).headers["etag"]

    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = answer(request(If_None_Match=held), b"{}", "application/json", 300)
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    assert answer(request(If_None_Match='"other"'), b"{}", "application/json", 300).status_code == 200
    assert answer(request(), b"{}", "application/vc", 300).headers["etag"] != tag
    assert answer(request(), b"[]", "application/json", 300).headers["etag"] != tag
