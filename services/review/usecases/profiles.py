"""A reviewer's own profile."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database.transaction import Tx
from services.review.domain import credentials
from services.review.domain.access import Caller
from services.review.domain.credentials import AgreementAsked, Profile
from services.review.domain.refusals import NotYours
from services.review.store import catalog, profiles


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What the reviewer says; `agreement`: a version, and whether they accept it."""

    credentials: Sequence[str]
    capacity: int
    institution: str
    agreement: tuple[str, bool] | None


async def show(tx: Tx, caller: Caller) -> tuple[Profile, list[AgreementAsked]]:
    """The profile, and the agreements that it asks for. Raises NotYours unless the caller is a reviewer or a chair."""
    if not caller.roles & {"reviewer", "chair"}:
        raise NotYours("only reviewers and chairs have a profile here; ask an administrator for the role")
    profile = await profiles.find(tx, caller.person_id)
    return profile, credentials.agreements_asked(profile, await catalog.newest(tx))


async def change(tx: Tx, caller: Caller, wanted: ProfileChange) -> tuple[Profile, list[AgreementAsked]]:
    """Replace the profile; cases that wait for somebody are offered at once. Raises NotYours, Refused."""
    before, _ = await show(tx, caller)
    credentials.check_profile(
        before, wanted.credentials, wanted.agreement[0] if wanted.agreement else None, await catalog.newest(tx)
    )
    await profiles.save(tx, caller.person_id, wanted.credentials, wanted.capacity, wanted.institution)
    if wanted.agreement is not None:
        await profiles.sign(tx, caller.person_id, *wanted.agreement)
    tx.wake("assign")
    return await show(tx, caller)
