import base64
import json
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from nacl.public import PrivateKey, PublicKey, SealedBox

from devstack.databases import SERVICES
from devstack.keys import ensure_keys


def test_a_token_signed_with_the_private_key_is_accepted_with_the_public_ones(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path / "keys")
    private = jwt.PyJWK(json.loads(keys.session_private.read_text()))
    token = jwt.encode({"sub": "somebody"}, private.key, algorithm="EdDSA", headers={"kid": private.key_id})
    public = jwt.PyJWKSet.from_dict(json.loads(keys.session_public.read_text()))
    assert jwt.decode(token, public[str(private.key_id)].key, algorithms=["EdDSA"]) == {"sub": "somebody"}
    assert "d" not in json.loads(keys.session_public.read_text())["keys"][0]


def test_what_the_public_seal_closes_the_private_one_opens(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path / "keys")
    public = PublicKey(base64.b64decode(keys.seal_public.read_text()))
    private = PrivateKey(base64.b64decode(keys.seal_private.read_text()))
    assert SealedBox(private).decrypt(SealedBox(public).encrypt(b"token")) == b"token"


def test_the_issuer_key_is_ed25519_in_pem(tmp_path: Path) -> None:
    assert isinstance(load_pem_private_key(ensure_keys(tmp_path / "keys").issuer.read_bytes(), None), Ed25519PrivateKey)


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ensure_keys(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ensure_keys(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_each_service_has_a_password_of_its_own_and_two_stacks_share_nothing(tmp_path: Path) -> None:
    first, second = ensure_keys(tmp_path / "a"), ensure_keys(tmp_path / "b")
    assert list(first.database_passwords) == list(SERVICES)
    secrets = [*first.database_passwords.values(), *second.database_passwords.values()]
    for keys in (first, second):
        secrets += [keys.postgres_admin_password, keys.stripe_api_key, keys.stripe_webhook_secret, keys.issuer.read_text()]
    assert len(set(secrets)) == len(secrets) == 2 * (len(SERVICES) + 4)
    assert first.stripe_webhook_secret.startswith("whsec_")
    assert first.stripe_api_key.startswith("sk_test_")
