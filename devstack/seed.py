"""`python -m devstack.seed`: puts in the people of the demo over HTTP, as for anybody else. It may be run again."""

import asyncio
import os

from rich.console import Console

from devstack.names import ADMIN, ROLES
from devstack.telling import interruption_told, told
from devstack.walk import Person, WalkFailed, World

INSTITUTIONS = {
    "chair@example.org": "Example Academy of Engaged Practice",
    "reviewer-1@example.org": "Example University",
    "reviewer-2@example.org": "Sample State University",
    "reviewer-3@example.org": "Invented Community College",
    "reviewer-4@example.org": "Imaginary Institute of Technology",
}
"""The institutions of the reviewers, a different one for each, so that two reviewers always come from another
institution than the applicant."""

CAPACITY = 1000
"""The most cases at a time of a demo reviewer, enough for benchmarks."""


async def seed(world: World) -> dict[str, Person]:
    """Sign everybody in, give the roles, and sign the reviewers' agreement for all open credentials. Returns the people
    by e-mail address."""
    admin = await world.sign_in(ADMIN, "Alex Admin")
    people = {ADMIN: admin}
    found = await asyncio.gather(*(world.sign_in(email, _name(email)) for email in ROLES))
    for email, person in zip(ROLES, found, strict=True):
        if set(person.roles) != set(ROLES[email]):
            await admin.do("PUT", "intake", f"/api/people/{person.person_id}/roles", json={"roles": ROLES[email]})
        people[email] = person
    slugs = await open_credentials(world)
    await asyncio.gather(*(_sign_up(people[email], slugs, institution) for email, institution in INSTITUTIONS.items()))
    return people


async def open_credentials(world: World) -> list[str]:
    """The slugs of all open credentials of the public catalog."""
    slugs, after = [], ""
    while True:
        page = (
            await world.request("GET", "intake", "/api/credentials", params={"after": after} if after else {}, ok=True)
        ).body
        slugs += [one["slug"] for one in page["items"] if one["state"] == "open"]
        if page["next"] is None:
            return slugs
        after = page["next"]


async def _sign_up(judge: Person, slugs: list[str], institution: str) -> None:
    async def has_role() -> bool:
        answer = await judge.world.request("GET", "review", "/api/review/queue", token=judge.token)
        return answer.status == 200

    await judge.world.until(f"the role of {judge.email}", has_role)
    shown = await judge.found("review", "/api/review/me")
    agreement = shown.get("agreement")
    profile = {"credentials": slugs, "capacity": CAPACITY, "institution": institution}
    if agreement is not None:
        profile["agreement"] = {"accepted": True, "version": agreement["version"]}
    await judge.do("PUT", "review", "/api/review/me", json=profile)


def _name(email: str) -> str:
    return email.partition("@")[0].replace("-", " ").title()


async def run(console: Console) -> None:
    """Seed the running stack, and say so. Raises WalkFailed."""
    try:
        async with World.of_this_checkout(os.environ) as world:
            people = await seed(world)
    except (WalkFailed, OSError) as error:
        raise WalkFailed(f"The demo could not be seeded: {error}. `make logs` shows what the services say.") from None
    console.print(f"[green]✓[/] Demo people: {', '.join(people)}", highlight=False)


def main() -> None:
    """The command."""
    console = Console()
    with told(console), interruption_told(console):
        asyncio.run(run(console))


if __name__ == "__main__":
    main()
