"""A reviewer's own profile."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database.transaction import Tx
from contracts import editions
from services.review.domain import profiles
from services.review.domain.access import Caller
from services.review.domain.profiles import AgreementAsked, Profile
from services.review.store import credentials
from services.review.store import profiles as store
from services.review.store.panels import hold_profile
from services.review.usecases.cases import ASSIGN
from services.review.usecases.panels import leave_conflicted


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """The reviewer's words. `agreement`: a version, and whether they accept it."""

    credentials: Sequence[str]
    capacity: int
    institution: str
    agreement: tuple[str, bool] | None


async def show(tx: Tx, caller: Caller) -> tuple[Profile, list[AgreementAsked]]:
    """The profile, and the agreements that it needs. Raises NotYours unless the caller is a reviewer or a chair."""
    profiles.check_judges(caller)
    profile = await store.find(tx, caller.person_id)
    return profile, profiles.agreements_asked(profile, await credentials.newest(tx))


async def change(
    tx: Tx, caller: Caller, wanted: ProfileChange, seen: frozenset[str] | None = None
) -> tuple[Profile, list[AgreementAsked]]:
    """Replace the profile. Cases with empty seats are offered at once. `seen`: the editions that the caller saw; None
    if they do not say. Raises NotYours, WrongState, ChangedMeanwhile."""
    profiles.check_judges(caller)
    before, newest = await store.find(tx, caller.person_id), await credentials.newest(tx)
    after = profiles.changed(
        before, wanted.credentials, wanted.capacity, wanted.institution, wanted.agreement, newest, tx.now
    )
    editions.check(seen, profiles.kept(before), profiles.kept(after))
    await store.save(tx, after, wanted.agreement)
    if after.institution != before.institution:
        await hold_profile(tx, caller.person_id)
        await leave_conflicted(tx, [caller.person_id])
    tx.wake(ASSIGN)
    return after, profiles.agreements_asked(after, newest)


async def sign(tx: Tx, caller: Caller, version: str, accepted: bool) -> None:
    """Sign the agreement of this version, or take the signature back. The rest of the profile stays. Raises NotYours,
    WrongState."""
    profile, _ = await show(tx, caller)
    same = ProfileChange(profile.credentials, profile.capacity, profile.institution, (version, accepted))
    await change(tx, caller, same)
