"""Giving roles over intake's HTTP, as the administrator of the devstack: signs in by the mailed link, as everybody does."""

import re
import time
from collections.abc import Mapping, Sequence

import httpx

ADMIN = "admin@example.org"
_TOKEN = re.compile(r"token=([A-Za-z0-9._~-]+)")


class RolesRefused(Exception):
    """Roles were not given; the message says why and what to do."""


def give_roles(addresses: Mapping[str, str], email: str, roles: Sequence[str]) -> list[str]:
    """Sets the roles of whoever has this e-mail address to exactly `roles`; returns what the person has now. Raises RolesRefused."""
    try:
        with httpx.Client(timeout=10) as client:
            headers = {"Authorization": f"Bearer {sign_in(client, addresses, ADMIN)}"}
            found = _ok(client.get(f"{addresses['intake']}/api/people", params={"email": email}, headers=headers)).json()
            people = found["items"]
            if not people:
                raise RolesRefused(f"Nobody with the address {email} is known. Sign in with it once, then give roles.")
            person = people[0]["person_id"]
            answer = client.put(f"{addresses['intake']}/api/people/{person}/roles", json={"roles": list(roles)}, headers=headers)
            body = _ok(answer).json()
            given: list[str] = body.get("roles", list(roles))
            return given
    except httpx.TransportError as error:
        raise RolesRefused(f"Cannot reach the stack: {error}. `make up` starts it.") from error


def sign_in(client: httpx.Client, addresses: Mapping[str, str], email: str, *, patience: float = 20) -> str:
    """Asks for a sign-in link, reads it in the mailbox, and returns the access token. Raises RolesRefused when no mail comes."""
    known = set(_message_ids(client, addresses, email))
    _ok(client.post(f"{addresses['intake']}/api/sign-in", json={"email": email}))
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for message in _message_ids(client, addresses, email):
            if message not in known:
                known.add(message)
                text = _ok(client.get(f"{addresses['mailbox']}/api/v1/message/{message}")).json()["Text"]
                if token := _TOKEN.search(text):
                    answer = _ok(client.post(f"{addresses['intake']}/api/sessions", json={"token": token.group(1)})).json()
                    return str(answer["access_token"])
        time.sleep(0.1)
    raise RolesRefused(
        f"No sign-in mail for {email} came within {patience:.0f} s. `make status` shows whether notify runs, `make logs` what it says."
    )


def _message_ids(client: httpx.Client, addresses: Mapping[str, str], email: str) -> list[str]:
    answer = _ok(client.get(f"{addresses['mailbox']}/api/v1/search", params={"query": f"to:{email}", "limit": "50"}))
    return [message["ID"] for message in answer.json()["messages"]]


def _ok(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        detail = ": ".join(str(problem[key]) for key in ("title", "detail") if problem.get(key))
    except ValueError:
        detail = answer.text[:300]
    raise RolesRefused(f"{answer.request.method} {answer.request.url.path} was refused ({answer.status_code}): {detail}")
