import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from nacl.public import PrivateKey, PublicKey, SealedBox

from devstack.databases import SERVICES
from devstack.files import StateDamaged
from devstack.key_kinds import KINDS
from devstack.keys import MANIFEST, ensure_keys

LOSS = {
    "session.jwk": "everybody has to sign in again",
    "session.jwks.json": "nobody is signed in",
    "seal.private": "the links under way cannot be read",
    "seal.public": "no link is mailed",
    "issuer.pem": "badges that were issued before cannot be verified any more",
    "stripe_webhook_secret": "payments that are under way do not arrive",
    "stripe_api_key": "nobody can pay",
    "postgres_admin": "the data cannot be opened",
    "databases.json": "no service can open its database",
}
"""What a person is told about each file when it is lost."""
PAIRS = {"session.jwks.json": "session.jwk", "seal.public": "seal.private"}


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The keys of a stack."""
    return ensure_keys(tmp_path / "keys").folder


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
    before = content(folder)
    assert set(before) == {*LOSS, MANIFEST}
    ensure_keys(folder)
    assert content(folder) == before
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_each_service_has_a_password_of_its_own_and_two_stacks_share_nothing(tmp_path: Path) -> None:
    first, second = ensure_keys(tmp_path / "a"), ensure_keys(tmp_path / "b")
    assert list(first.database_passwords) == list(SERVICES)
    secrets = [*first.database_passwords.values(), *second.database_passwords.values()]
    for keys in (first, second):
        secrets += [
            keys.postgres_admin_password,
            keys.stripe_api_key,
            keys.stripe_webhook_secret,
            keys.issuer.read_text(),
        ]
    assert len(set(secrets)) == len(secrets) == 2 * (len(SERVICES) + 4)
    assert first.stripe_webhook_secret.startswith("whsec_")
    assert first.stripe_api_key.startswith("sk_test_")


@pytest.mark.parametrize("name", LOSS)
def test_a_lost_key_is_named_with_what_is_lost_with_it_and_never_replaced(folder: Path, name: str) -> None:
    (folder / name).unlink()
    before = content(folder)
    with pytest.raises(
        StateDamaged, match=rf"has lost {re.escape(name)}\. .*{LOSS[name]}.* Put it back from a copy, or .*`make reset`"
    ):
        ensure_keys(folder)
    assert content(folder) == before


def test_all_lost_keys_are_named_at_once(folder: Path) -> None:
    for name in ("issuer.pem", "session.jwk"):
        (folder / name).unlink()
    with pytest.raises(StateDamaged, match=r"has lost session\.jwk and issuer\.pem\..*Put them back"):
        ensure_keys(folder)


def test_a_key_that_the_manifest_does_not_name_is_new_in_this_version_and_made(folder: Path) -> None:
    before = content(folder)
    (folder / "stripe_api_key").unlink()
    (folder / MANIFEST).write_text(json.dumps({"made": [name for name in LOSS if name != "stripe_api_key"]}))
    ensure_keys(folder)
    after = content(folder)
    assert {name for name in before if after[name] != before[name]} == {"stripe_api_key"}


def test_a_stack_of_before_there_were_manifests_keeps_its_keys_and_notices_a_loss_from_then_on(folder: Path) -> None:
    before = content(folder)
    (folder / MANIFEST).unlink()
    ensure_keys(folder)
    assert content(folder) == before
    (folder / "issuer.pem").unlink()
    with pytest.raises(StateDamaged, match=r"has lost issuer\.pem"):
        ensure_keys(folder)


@pytest.mark.parametrize("writes", range(20))
def test_whatever_an_interrupted_first_time_left_the_next_one_makes_whole(tmp_path: Path, writes: int) -> None:
    """`writes` of the two steps of each file: its draft, and its move to its place."""
    folder = tmp_path / "keys"
    folder.mkdir()
    whole = content(ensure_keys(tmp_path / "other").folder)
    order = [kind.name for kind in KINDS] + [MANIFEST]
    for name in order[: writes // 2]:
        (folder / name).write_text(whole[name])
    if writes % 2 and writes // 2 < len(order):
        (folder / f"{order[writes // 2]}.new").write_text(whole[order[writes // 2]][:10])
    ensure_keys(folder)
    after = content(folder)
    assert {name: after[name] for name in order[: writes // 2]} == {name: whole[name] for name in order[: writes // 2]}
    ensure_keys(folder)
    assert content(folder) == after


@pytest.mark.parametrize(("public", "private"), PAIRS.items())
def test_a_public_half_alone_of_a_first_time_that_was_interrupted_is_made_anew(
    tmp_path: Path, public: str, private: str
) -> None:
    """An earlier version wrote the public half first."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / public).write_text(content(ensure_keys(tmp_path / "other").folder)[public])
    ensure_keys(folder)
    ensure_keys(folder)
    assert content(folder)[public] != content(tmp_path / "other")[public]


@pytest.mark.parametrize(("public", "private"), PAIRS.items())
def test_a_public_half_of_another_private_one_is_refused(
    tmp_path: Path, folder: Path, public: str, private: str
) -> None:
    other = ensure_keys(tmp_path / "other").folder
    (folder / public).write_text((other / public).read_text())
    with pytest.raises(StateDamaged, match=rf"{re.escape(public)} .*the public half of {re.escape(private)}"):
        ensure_keys(folder)


def test_several_public_keys_are_fine_while_that_of_the_private_one_is_among_them(tmp_path: Path, folder: Path) -> None:
    both = [
        json.loads((one / "session.jwks.json").read_text())["keys"][0]
        for one in (ensure_keys(tmp_path / "other").folder, folder)
    ]
    (folder / "session.jwks.json").write_text(json.dumps({"keys": both}))
    ensure_keys(folder)


HARM: dict[str, Callable[[str], bytes]] = {
    "empty": lambda text: b"",
    "blank": lambda text: b"\n\n",
    "no text": lambda text: b"\xff\xfe\x00",
    "a list": lambda text: b"[] ",
    "an object": lambda text: b"{} ",
    "of another": lambda text: b'{"keys": [7]} ',
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", [*LOSS, MANIFEST])
def test_a_damaged_key_is_refused_by_name_and_left_as_it_is(folder: Path, name: str, harm: str) -> None:
    word = name in (
        "stripe_webhook_secret",
        "stripe_api_key",
    )  # of whatever letters they are: Stripe's own are not ours to judge
    (folder / name).write_bytes(
        HARM[harm]((folder / name).read_text()) if not (word and harm in ("a list", "an object")) else b"two words"
    )
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StateDamaged, match=rf"^{re.escape(str(folder / name))} (is|cannot|has|does)"):
        ensure_keys(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "name",
    ["session.jwk", "session.jwks.json", "seal.private", "seal.public", "issuer.pem", "databases.json", MANIFEST],
)
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_key_that_was_cut_short_is_refused(folder: Path, name: str, part: float) -> None:
    text = (folder / name).read_text()
    (folder / name).write_text(text[: int(len(text) * part)])
    with pytest.raises(StateDamaged, match=re.escape(str(folder / name))):
        ensure_keys(folder)


def test_passwords_of_the_wrong_shape_are_refused(folder: Path) -> None:
    whole = json.loads((folder / "databases.json").read_text())
    wrong = [
        whole | {"intake": 7},
        whole | {"intake": ""},
        whole | {"review": "it's"},
        {n: w for n, w in whole.items() if n != "ops"},
    ]
    for passwords in wrong:
        (folder / "databases.json").write_text(json.dumps(passwords))
        with pytest.raises(StateDamaged, match=r"databases\.json (is damaged|has no password of ops)"):
            ensure_keys(folder)


def test_a_key_that_is_no_file_is_refused(folder: Path) -> None:
    (folder / "issuer.pem").unlink()
    os.mkdir(folder / "issuer.pem")
    with pytest.raises(StateDamaged, match=r"issuer\.pem cannot be read \(Is a directory\)"):
        ensure_keys(folder)


def test_every_kind_says_what_is_lost_with_it_and_privates_come_first() -> None:
    names = [kind.name for kind in KINDS]
    assert set(names) == set(LOSS)
    assert all(LOSS[kind.name] in kind.loss for kind in KINDS)
    assert {kind.name: kind.private for kind in KINDS if kind.private} == PAIRS
    assert all(names.index(private) < names.index(public) for public, private in PAIRS.items())
