"""Gives roles over intake's HTTP, as the administrator of the devstack, who signs in by a mailed link like
everybody."""

from collections.abc import Sequence

from devstack.names import ADMIN
from devstack.world import WalkFailed, World


async def give_roles(world: World, email: str, roles: Sequence[str]) -> list[str]:
    """Set the roles of the person with this e-mail address to exactly `roles`. Returns the person's roles now. Raises
    WalkFailed."""
    async with world:
        admin = await world.sign_in(ADMIN)
        found = (await admin.do("GET", "intake", "/api/people", params={"email": email}))["items"]
        if not found:
            raise WalkFailed(f"Nobody with the address {email} is known. Sign in with it once, then give roles.")
        given = await admin.do(
            "PUT", "intake", f"/api/people/{found[0]['person_id']}/roles", json={"roles": list(roles)}
        )
        return list(given["roles"])
