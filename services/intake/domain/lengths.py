"""The length of a video: as it was measured, else as its applicant says."""

from contracts.catalog import Requirement
from contracts.refusals import Fault, Invalid, Text
from services.intake.domain.materials import LINK_KINDS, MINUTES, within

LONGEST_MINUTES = 100_000.0


def check(requirement: Requirement, measured: float | None, stated: str | None) -> float | None:
    """The length of a file in minutes. None if no limit needs it and it cannot be measured.

    A measured length counts more than a stated one. Refuses a length outside the limits. Where there are limits, it
    refuses a length that is neither measured nor stated.
    """
    said = (stated or "").strip()
    if requirement.kind not in LINK_KINDS:
        if said:
            raise Invalid(Fault("minutes", Text("leave it out")))
        return None
    limits = requirement.limits
    asked = limits.min_minutes is not None or limits.max_minutes is not None
    minutes = measured if measured is not None else _number(said) if said else None
    if minutes is None:
        if asked:
            raise Invalid(
                Fault("minutes", Text("say how many minutes it has")),
                text=Text("The length of the video cannot be read from the file. Say it in minutes."),
            )
        return None
    # Rounded, so that milliseconds never decide about a limit.
    minutes = round(minutes, 2)
    within("minutes", MINUTES, minutes, limits.min_minutes, limits.max_minutes)
    return minutes


def _number(said: str) -> float:
    try:
        found = float(said.replace(",", "."))
    except ValueError:
        found = 0.0
    if not 0 < found < LONGEST_MINUTES:
        raise Invalid(Fault("minutes", Text("must be a number of minutes, like 17.5")))
    return found
