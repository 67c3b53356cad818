"""`python -m devstack.secrets_job`: makes the secrets of a deployment in containers once, and hands them out, each
holder's in a folder of its own.

The folder KEYS keeps everything. OUT/<holder> gets only what that holder may read; it is a volume that nobody else
mounts. The job may be run again: existing secrets stay. `... put NAME` takes one secret from standard input, in place
of a made one (Stripe's real key, the password of a mail relay) or of a lost one. `... renew databases.json` makes new
passwords for the databases.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.files import StateDamaged, write_whole
from devstack.keys import MANIFEST, ensure_keys, put_key, renew_key
from devstack.names import SERVICES

SERVICE_ACCOUNT = 10001
"""The user id of services in their images (Dockerfile)."""

HELD: Mapping[str, tuple[str, ...]] = {
    "intake": ("session.jwk", "session.jwks.json", "seal.public"),
    "payments": ("session.jwks.json", "stripe_api_key", "stripe_webhook_secret"),
    "review": ("session.jwks.json",),
    "badging": ("session.jwks.json", "issuer.pem"),
    "notify": ("session.jwks.json", "seal.private"),
    "ops": ("session.jwks.json",),
    "stripe": ("stripe_webhook_secret",),
}
"""The keys that each holder may read, beside the password of its own database. PostgreSQL gets all those passwords and
its administrator's."""

GIVEN: Mapping[str, tuple[str, ...]] = {"notify": ("smtp_user", "smtp_password")}
"""Secrets that are never made here, only given."""

RENEWABLE = ("databases.json",)
"""Secrets that can be made again without a loss. PostgreSQL must then be told by `databases.sh`."""

ANEW = "or start anew without the data: `docker compose down --volumes`"
"""The remedy if a key is lost and there is no copy."""


class UnknownSecret(Exception):
    """There is no secret of that name. The message lists the known names."""


def hand_out(keys_folder: Path, out: Path) -> None:
    """Make the secrets that are missing in `keys_folder` and write each holder's copies. Only the holder can read its
    files."""
    keys = ensure_keys(keys_folder, ANEW)
    for holder, names in HELD.items():
        texts = {name: (keys_folder / name).read_text() for name in names}
        texts |= {
            name: (keys_folder / name).read_text() for name in GIVEN.get(holder, ()) if (keys_folder / name).exists()
        }
        if holder in SERVICES:
            texts["database_password"] = keys.database_passwords[holder]
        _fill(out / holder, texts, 0o400, SERVICE_ACCOUNT)
    # The user id of PostgreSQL differs between editions of its image. Nobody else mounts this folder.
    _fill(out / "postgres", {"admin": keys.postgres_admin_password, **keys.database_passwords}, 0o444, 0)


def put(keys_folder: Path, name: str, text: str) -> None:
    """Keep a given secret in place of a made or lost one. `hand_out` then hands it out.

    Raises UnknownSecret, and StateDamaged if the text cannot be that secret.
    """
    if not (keys_folder / MANIFEST).exists():
        ensure_keys(keys_folder, ANEW)
    known = sorted({name for names in (*HELD.values(), *GIVEN.values()) for name in names})
    if name not in known:
        raise UnknownSecret(f"There is no secret {name!r}; there are {', '.join(known)}.")
    if not text.strip():
        raise UnknownSecret(f"Nothing came on standard input for {name}; put it there: ... put {name} < file")
    put_key(keys_folder, name, text)


def renew(keys_folder: Path, name: str) -> None:
    """Make a secret again on purpose. Raises UnknownSecret if too much depends on it; docs/operations.md says how to
    renew those."""
    if name not in RENEWABLE:
        raise UnknownSecret(
            f"{name!r} cannot be renewed here; only {', '.join(RENEWABLE)} can."
            " For the others see docs/operations.md, Keys."
        )
    renew_key(keys_folder, name)


def _fill(folder: Path, texts: Mapping[str, str], mode: int, owner: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write(folder / name, text.strip() + "\n", mode, owner)
    for left in set(os.listdir(folder)) - set(texts):
        (folder / left).unlink()
    if os.geteuid() == 0:
        os.chown(folder, owner, owner)
    folder.chmod(mode | (mode >> 2 & 0o111))  # accounts that may read its files may enter it


def _write(path: Path, text: str, mode: int, owner: int) -> None:
    if not path.exists() or path.read_text() != text:
        write_whole(path, text, mode, owner if os.geteuid() == 0 else None)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.secrets_job", description="Make the secrets of a deployment, and hand them out."
    )
    parser.add_argument("--keys", type=Path, default=Path("/keys"), help="keeps everything")
    parser.add_argument("--out", type=Path, default=Path("/secrets"), help="one folder for each holder")
    parser.add_argument(
        "what",
        nargs="*",
        metavar="put|renew NAME",
        help="keep a secret from standard input, or make it again; then hand out",
    )
    given = parser.parse_args()
    os.umask(0o077)
    if given.what and (len(given.what) != 2 or given.what[0] not in ("put", "renew")):
        parser.error("give nothing, or: put NAME, or: renew NAME")
    try:
        match given.what:
            case ["put", name]:
                put(given.keys, name, sys.stdin.read())
            case ["renew", name]:
                renew(given.keys, name)
        hand_out(given.keys, given.out)
    except (UnknownSecret, StateDamaged) as error:
        raise SystemExit(str(error)) from None
    sys.stdout.write(f"secrets: handed out to {', '.join([*HELD, 'postgres'])}\n")


if __name__ == "__main__":
    main()
