"""A link is used once. Its button may be pressed again."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.refusals import NotSignedIn
from services.intake.domain.links import Browser, Link, use
from tests.unit.intake.builders import NOW

ADA, EVE = UUID(int=1), UUID(int=2)
FRESH = Link(b"hash", ADA, NOW + timedelta(minutes=15), "Ada", "/account")
USED = Link(b"hash", ADA, NOW + timedelta(minutes=15), "Ada", "/account", NOW, b"this browser")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def pressed_again(link: Link, browser: Browser, now: datetime) -> bool:
    try:
        return use(link, browser, now) is link
    except NotSignedIn:
        return False


def test_a_link_is_used_up_in_a_browser_or_in_none() -> None:
    assert use(FRESH, Browser(b"this browser"), NOW) == USED
    assert use(FRESH, Browser(), after(899.999)) == replace(FRESH, used_at=after(899.999))


def test_a_link_that_has_run_out_signs_nobody_in() -> None:
    for browser in (Browser(), Browser(None, ADA)):
        with pytest.raises(NotSignedIn, match="works once, for 15 minutes") as refused:
            use(FRESH, browser, after(900))
        assert refused.value.type == "link_not_valid"


def test_the_same_browser_may_press_again_within_a_minute() -> None:
    here = Browser(b"this browser")
    assert [pressed_again(USED, here, after(seconds)) for seconds in (0, 59.999, 60, 900)] == [True, True, False, False]
    assert pressed_again(USED, here, after(-0.5))  # of two requests at one instant either may be the first


def test_who_has_a_session_of_that_person_may_press_again() -> None:
    assert [pressed_again(USED, Browser(None, ADA), after(seconds)) for seconds in (0, 59, 60)] == [True, True, False]


def test_anybody_else_is_too_late() -> None:
    assert not pressed_again(USED, Browser(b"another browser"), NOW)
    assert not pressed_again(USED, Browser(b"another browser", EVE), NOW)
    assert not pressed_again(USED, Browser(), NOW)
    # A link that was used by no page was used in no browser.
    assert not pressed_again(Link(b"hash", ADA, FRESH.expires_at, "Ada", used_at=NOW), Browser(), NOW)
