"""The signed-in person, for the domain. Routes and pages share it."""

from chassis.http.sessions import Principal
from services.review.domain.access import Caller


def caller_of(me: Principal) -> Caller:
    """The signed-in person with their roles."""
    return Caller(me.person_id, me.roles)
