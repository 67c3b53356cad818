"""Addresses of pages: a redirect after sign-in stays on our site."""

from uuid import UUID

import pytest

from contracts import pages, redirects
from web.menu import places
from web.visitor import Visitor

NOBODY = UUID(int=7)


@pytest.mark.parametrize("path", ["/", "/applications", "/applications/1?a=b&c=d#e", "/credentials/ü"])
def test_a_path_of_ours(path: str) -> None:
    assert redirects.ours(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "applications", "//evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example/"),
        *("javascript:alert(1)", "/a\r\nSet-Cookie: b", "/\t/evil.example", "/a b\\c", '/"onmouseover=', "/<script>"),
        *("/" + "a" * 2000, "/a\x00", "/\u202eb", "/\ud800"),
    ],
)
def test_anything_else_leads_nowhere(path: str) -> None:
    assert redirects.ours(path) is None


def test_what_follows_sign_in_is_quoted() -> None:
    assert pages.sign_in() == "/sign-in"
    assert pages.sign_in(next="/a?b=c&token=d") == "/sign-in?next=%2Fa%3Fb%3Dc%26token%3Dd"
    assert pages.sign_in("t/+&", "/a") == "/sign-in?token=t%2F%2B%26&next=%2Fa"


def test_the_menu_has_the_places_of_ones_roles() -> None:
    def menu(visitor: Visitor, path: str) -> list[tuple[str, bool]]:
        return [(entry.path, entry.here) for entry in places(visitor, path)]

    assert menu(Visitor(), "/") == [("/", True)]
    assert menu(Visitor(NOBODY), "/applications/1") == [("/", False), ("/applications", True), ("/badges", False)]
    everything = Visitor(NOBODY, frozenset({"reviewer", "chair", "staff", "operator", "admin"}))
    assert [path for path, _ in menu(everything, "/")] == ["/review", "/decisions", "/staff", "/review/cases", "/ops"]
    staff = [("/", False), ("/applications", False), ("/badges", False), ("/staff", True), ("/review/cases", False)]
    assert menu(Visitor(NOBODY, frozenset({"staff"})), "/staff/people") == staff
    assert menu(Visitor(NOBODY, frozenset({"staff", "admin"})), "/staff/people") == staff
    assert menu(Visitor(NOBODY, frozenset({"staff"})), "/payments/1/staff") == staff
    assert menu(Visitor(NOBODY), "/payments/1/return") == menu(Visitor(NOBODY), "/applications/1")
    assert menu(Visitor(NOBODY, frozenset({"admin"})), "/staff")[-1] == ("/staff", True)
    assert [path for path, _ in menu(Visitor(NOBODY, frozenset({"staff", "chair"})), "/badges")] == [
        "/applications",
        "/badges",
        "/decisions",
        "/staff",
        "/review/cases",
    ]
    assert menu(Visitor(NOBODY, frozenset({"operator"})), "/ops/dead-letters")[-1] == ("/ops", True)
    assert menu(Visitor(NOBODY), "/credentials/x")[0] == ("/", True)


@pytest.mark.parametrize("slug", ["weaving", "a b", "ü", "a/b"])
def test_where_an_application_is_begun_says_for_what(slug: str) -> None:
    assert redirects.begun_by(pages.begin(slug)) == slug


@pytest.mark.parametrize(
    "path", ["/credentials/a", "/credentials//begin", "/credentials/a/b/begin", "/credentials/%00/begin", "//begin", ""]
)
def test_every_other_path_begins_nothing(path: str) -> None:
    assert redirects.begun_by(path) is None
