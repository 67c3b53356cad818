"""`python -m devstack.secrets_job`: the secrets of a deployment in containers, made once and handed out, each holder's
in a folder of its own.

The folder KEYS keeps everything; OUT/<holder> gets only what that holder may read (a volume that nobody else mounts).
May be repeated: what is there stays. `... put NAME` takes one secret from standard input in place of a made one
(Stripe's real key, the password of a mail relay) or of one that is lost; `... renew databases.json` makes new passwords
of the databases.
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
"""The user id that services run as in their images (Dockerfile)."""

HELD: Mapping[str, tuple[str, ...]] = {
    "intake": ("session.jwk", "session.jwks.json", "seal.public"),
    "payments": ("session.jwks.json", "stripe_api_key", "stripe_webhook_secret"),
    "review": ("session.jwks.json",),
    "badging": ("session.jwks.json", "issuer.pem"),
    "notify": ("session.jwks.json", "seal.private"),
    "ops": ("session.jwks.json",),
    "stripe": ("stripe_webhook_secret",),
}
"""Which of the keys each holder reads, beside the password of its own database. PostgreSQL gets those passwords and its
administrator's."""

GIVEN: Mapping[str, tuple[str, ...]] = {"notify": ("smtp_user", "smtp_password")}
"""Secrets that are never made, only given."""

RENEWABLE = ("databases.json",)
"""What may be made anew without a loss, when PostgreSQL is told (`databases.sh`)."""

ANEW = "or start anew without the data: `docker compose down --volumes`"
"""What there is to do when a key is lost and there is no copy of it."""


class UnknownSecret(Exception):
    """There is no secret of that name; the message lists those there are."""


def hand_out(keys_folder: Path, out: Path) -> None:
    """Makes what is missing in `keys_folder` and writes each holder's copies. Files are readable by their holder
    alone."""
    keys = ensure_keys(keys_folder, ANEW)
    for holder, names in HELD.items():
        texts = {name: (keys_folder / name).read_text() for name in names}
        texts |= {
            name: (keys_folder / name).read_text() for name in GIVEN.get(holder, ()) if (keys_folder / name).exists()
        }
        if holder in SERVICES:
            texts["database_password"] = keys.database_passwords[holder]
        _fill(out / holder, texts, 0o400, SERVICE_ACCOUNT)
    # PostgreSQL's account has another number in each edition of its image; nobody else mounts this folder.
    _fill(out / "postgres", {"admin": keys.postgres_admin_password, **keys.database_passwords}, 0o444, 0)


def put(keys_folder: Path, name: str, text: str) -> None:
    """Keeps a given secret, in the place of a made one or of one that is lost; `hand_out` hands it out.

    Raises UnknownSecret, and StateDamaged for what cannot be that secret.
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
    """Makes a secret anew on purpose. Raises UnknownSecret for one on which too much rests: those have ways of their
    own."""
    if name not in RENEWABLE:
        raise UnknownSecret(
            f"{name!r} is not made anew; that is for {', '.join(RENEWABLE)}. The others: docs/operations.md, Keys."
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
    folder.chmod(mode | (mode >> 2 & 0o111))  # whoever reads its files may enter it


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
        help="keep a secret from standard input, or make it anew; then hand out",
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
