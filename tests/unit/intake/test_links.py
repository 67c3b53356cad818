"""A link's button pressed again."""

from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.links import Browser, Used, pressed_again
from tests.unit.intake.builders import NOW

ADA, EVE = UUID(int=1), UUID(int=2)
USED = Used(ADA, NOW, b"this browser")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


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
    assert not pressed_again(Used(ADA, NOW, None), Browser(), NOW)
