"""Keys and passwords of one devstack. They are made once, each in a file that only its owner can read. Deployments
bring their own.

`manifest.json` beside them names those that were made. If a named one is missing, it is lost. It is never made again
silently, because everything that depends on it would be lost. A key that is not named there is new in this version of
the software, or not made yet.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from devstack.files import RESET, damaged, read, read_words, write_whole
from devstack.key_kinds import KINDS, Kind, Unfit
from devstack.names import SERVICES

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Keys:
    """The path of each key. `programs` decides which process gets which path. Reading a key raises StateDamaged if it
    is not the one that was made."""

    folder: Path

    @property
    def session_private(self) -> Path:
        """The JWK (RFC 8037) with which `intake` signs session tokens."""
        return self.folder / "session.jwk"

    @property
    def session_public(self) -> Path:
        """The JWKS with which every service checks them."""
        return self.folder / "session.jwks.json"

    @property
    def seal_public(self) -> Path:
        """The key with which `intake` seals texts for `notify` (libsodium sealed box; 32 bytes, base64)."""
        return self.folder / "seal.public"

    @property
    def seal_private(self) -> Path:
        """The key with which `notify` opens sealed texts."""
        return self.folder / "seal.private"

    @property
    def issuer(self) -> Path:
        """The Ed25519 key that signs badges (PEM, PKCS8), for `badging` only."""
        return self.folder / "issuer.pem"

    @property
    def stripe_webhook_secret_file(self) -> Path:
        """The file of the secret with which the Stripe sandbox signs webhooks and `payments` checks them."""
        return self.folder / "stripe_webhook_secret"

    @property
    def stripe_webhook_secret(self) -> str:
        """The secret itself."""
        return read(self.stripe_webhook_secret_file).strip()

    @property
    def stripe_api_key(self) -> str:
        """The key with which `payments` calls the sandbox."""
        return read(self.folder / "stripe_api_key").strip()

    @property
    def postgres_admin_password(self) -> str:
        """The administrator of the embedded PostgreSQL."""
        return read(self.folder / "postgres_admin").strip()

    @property
    def database_passwords(self) -> dict[str, str]:
        """The password of each service's role."""
        found = read_words(self.folder / "databases.json", SERVICES)
        return {service: found[service] for service in SERVICES}


def ensure_keys(folder: Path, anew: str = RESET) -> Keys:
    """Make the keys that were not made yet and keep the others. The folder has mode 0700, each file 0600. It may be run
    again, also after an interruption.

    Raises StateDamaged if a key that was made is lost, is not of its kind, or does not fit its other half. Then nothing
    is changed. `anew` completes the remedy "Put it back from a copy, ...".
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    texts: dict[str, str] = {}
    for kind in KINDS:
        if (folder / kind.name).exists():
            texts[kind.name] = read(folder / kind.name, _put_back(kind, anew))
    made = _made(folder, texts)
    lost = [kind for kind in KINDS if kind.name in made and kind.name not in texts]
    if lost:
        names = " and ".join(kind.name for kind in lost)
        each = " ".join(f"{kind.name} {kind.loss}." for kind in lost)
        raise damaged(
            folder, f"has lost {names}", f"{each} Put {'it' if len(lost) == 1 else 'them'} back from a copy, {anew}"
        )
    missing = {kind.name for kind in KINDS} - set(texts)
    # An interruption left a public half without its private one. It is made again from the new private half.
    fresh = missing | {kind.name for kind in KINDS if kind.private in missing}
    for kind in KINDS:
        if kind.name not in fresh:
            _check(kind, folder, texts[kind.name], texts.get(kind.private, ""), anew)
    for kind in KINDS:
        if kind.name in fresh:
            texts[kind.name] = kind.make(texts.get(kind.private, ""))
            write_whole(folder / kind.name, texts[kind.name] + "\n")
    if made != set(texts) or not (folder / MANIFEST).exists():
        write_whole(folder / MANIFEST, json.dumps({"made": [kind.name for kind in KINDS]}, indent=2) + "\n")
    return Keys(folder)


def put_key(folder: Path, name: str, text: str) -> None:
    """Put another key in the place of this one, which may be lost. If its public half follows from it, that is made
    too.

    Raises StateDamaged if it is not a key of this kind, or does not fit the other half. A file of another name is
    stored without a check.
    """
    kind = next((kind for kind in KINDS if kind.name == name), None)
    if kind is not None:
        private = _text_of(folder / kind.private) if kind.private else ""
        _check(kind, folder, text, private, "or leave the one that is there")
        for public in (other for other in KINDS if other.private == name):
            if not _fits(public, _text_of(folder / public.name), text):
                if public.several:
                    raise damaged(
                        folder / public.name, "does not hold the public half of it", f"Put {public.name} there first"
                    )
                write_whole(folder / public.name, public.make(text.strip()) + "\n")
    write_whole(folder / name, text.strip() + "\n")


def renew_key(folder: Path, name: str) -> None:
    """Make a key again on purpose. Everything that depends on the old one is lost. Raises KeyError if there is no key
    of this name."""
    kinds = {kind.name: kind for kind in KINDS}
    write_whole(
        folder / name, kinds[name].make(_text_of(folder / kinds[name].private) if kinds[name].private else "") + "\n"
    )


def _text_of(path: Path) -> str:
    return read(path).strip() if path.exists() else ""


def _fits(kind: Kind, text: str, private: str) -> bool:
    try:
        kind.fits(text.strip(), private.strip())
    except Unfit:
        return not text
    return True


def _made(folder: Path, texts: dict[str, str]) -> set[str]:
    """The names in the manifest. In an old folder without a manifest, all keys that are there count as made."""
    file = folder / MANIFEST
    remedy = (
        "Restore it from a copy, or remove it if no key is missing: then those that"
        " are there count as all that were made"
    )
    try:
        found = json.loads(read(file, remedy))
    except FileNotFoundError:
        return set(texts)
    except (ValueError, RecursionError):
        raise damaged(file, "is damaged: it is not whole JSON", remedy) from None
    names = found.get("made") if isinstance(found, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise damaged(file, 'is damaged: it does not say {"made": [names]}', remedy)
    return {kind.name for kind in KINDS} & set(names)


def _check(kind: Kind, folder: Path, text: str, private: str, anew: str) -> None:
    try:
        kind.fits(text.strip(), private.strip())
    except Unfit as unfit:
        raise damaged(folder / kind.name, str(unfit), _put_back(kind, anew)) from None


def _put_back(kind: Kind, anew: str) -> str:
    return f"It {kind.loss}. Put it back from a copy, {anew}"
