"""A reviewer's own profile, as a view."""

from pydantic import BaseModel

from services.review.domain.profiles import AgreementAsked, Profile
from services.review.views.times import Moment


class AgreementShown(BaseModel):
    """An agreement that reviewers of these credentials sign, and when the caller signed it."""

    version: str
    text: str
    credentials: list[str]
    accepted: bool
    accepted_at: Moment | None


class ProfileShown(BaseModel):
    """`agreement` is the next one to sign or, if all are signed, the last signed one; `agreements` are all."""

    credentials: list[str]
    capacity: int
    institution: str
    agreement: AgreementShown | None
    agreements: list[AgreementShown]


def profile_shown(profile: Profile, asked: list[AgreementAsked]) -> ProfileShown:
    """The profile, with the agreements that it needs."""
    agreements = [_agreement(one) for one in asked]
    first_is_open = bool(agreements) and not agreements[0].accepted
    return ProfileShown(
        credentials=list(profile.credentials),
        capacity=profile.capacity,
        institution=profile.institution,
        agreement=(agreements[0] if first_is_open else agreements[-1]) if agreements else None,
        agreements=agreements,
    )


def _agreement(one: AgreementAsked) -> AgreementShown:
    return AgreementShown(
        version=one.version,
        text=one.text,
        credentials=list(one.credentials),
        accepted=one.accepted_at is not None,
        accepted_at=one.accepted_at,
    )
