"""How a refusal of the rules is answered, in the vocabulary that all services share."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.http.former import Refusal, conflict, invalid, not_found, too_often
from chassis.http.refusals import FieldError
from services.intake.domain import refusals as domain


def translate(refused: domain.Refused) -> Refusal:
    """A refusal of the rules with its status and title."""
    errors = [FieldError(field=fault.field, message=fault.message) for fault in refused.faults]
    match refused:
        case domain.NotThere():
            return not_found(refused.detail)
        case domain.Invalid():
            return invalid(errors, refused.detail)
        case domain.TooLarge():
            return Refusal(413, refused.type, "The file is too large", refused.detail, errors)
        case domain.OverQuota():
            return Refusal(413, refused.type, "The application is full", refused.detail, errors)
        case domain.WrongMediaType():
            return Refusal(415, refused.type, "This kind of file is not taken here", refused.detail, errors)
        case domain.LinkNotValid():
            return Refusal(401, refused.type, "This link does not sign you in", refused.detail)
        case domain.TooOften():
            return too_often(refused.retry_after_seconds)
        case _:
            return conflict(refused.type, refused.detail, errors)


@contextmanager
def for_people() -> Iterator[None]:
    """Pages show a refusal again beside what was typed; they know the shared vocabulary only."""
    try:
        yield
    except domain.Refused as refused:
        raise translate(refused) from None
