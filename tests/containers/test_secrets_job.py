"""The job that makes the secrets of a deployment: each holder gets its own secrets and nothing else."""

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.public import PrivateKey

from devstack import secrets_job
from devstack.keys import ensure_keys
from devstack.names import SERVICES


def everything(out: Path) -> dict[str, dict[str, str]]:
    """Holder -> file -> content."""
    return {folder.name: {file.name: file.read_text() for file in folder.iterdir()} for folder in out.iterdir()}


def test_each_holder_gets_its_own_secrets_and_no_others(tmp_path: Path) -> None:
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    assert {holder: set(files) for holder, files in everything(tmp_path / "out").items()} == {
        "intake": {"session.jwk", "session.jwks.json", "seal.public", "database_password"},
        "payments": {"session.jwks.json", "stripe_api_key", "stripe_webhook_secret", "database_password"},
        "review": {"session.jwks.json", "database_password"},
        "badging": {"session.jwks.json", "issuer.pem", "database_password"},
        "notify": {"session.jwks.json", "seal.private", "database_password"},
        "ops": {"session.jwks.json", "database_password"},
        "stripe": {"stripe_webhook_secret"},
        "postgres": {"admin", *SERVICES},
    }


def test_no_password_is_shared_and_pairs_fit(tmp_path: Path) -> None:
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    given = everything(tmp_path / "out")
    passwords = [given["postgres"]["admin"], *(given[service]["database_password"] for service in SERVICES)]
    assert len(set(passwords)) == 7
    assert {service: given["postgres"][service] for service in SERVICES} == {
        service: given[service]["database_password"] for service in SERVICES
    }
    assert given["stripe"]["stripe_webhook_secret"] == given["payments"]["stripe_webhook_secret"]
    private, (public,) = (
        json.loads(given["intake"]["session.jwk"]),
        json.loads(given["ops"]["session.jwks.json"])["keys"],
    )
    signing = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(private["d"] + "="))
    assert base64.urlsafe_b64encode(signing.public_key().public_bytes_raw()).decode().rstrip("=") == public["x"]
    assert "d" not in public
    sealing = PrivateKey(base64.b64decode(given["notify"]["seal.private"]))
    assert bytes(sealing.public_key) == base64.b64decode(given["intake"]["seal.public"])


def test_files_are_for_their_holder_alone(tmp_path: Path) -> None:
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    modes = {
        file.relative_to(tmp_path / "out").as_posix(): stat.S_IMODE(file.stat().st_mode)
        for file in (tmp_path / "out").rglob("*")
    }
    of_postgres = {name: mode for name, mode in modes.items() if name.startswith("postgres")}
    assert {mode for name, mode in modes.items() if name not in of_postgres} == {0o400, 0o500}
    assert set(of_postgres.values()) == {0o444, 0o555}


def test_again_changes_nothing_and_takes_back_what_nobody_should_have(tmp_path: Path) -> None:
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    before = everything(tmp_path / "out")
    ops = tmp_path / "out" / "ops"
    ops.chmod(0o700)
    (ops / "issuer.pem").write_text("left over")
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    assert everything(tmp_path / "out") == before


def test_a_given_secret_takes_the_place_of_a_made_one(tmp_path: Path) -> None:
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    before = everything(tmp_path / "out")
    for folder in (tmp_path / "out").iterdir():
        folder.chmod(0o700)
    secrets_job.put(tmp_path / "keys", "stripe_api_key", "rk_live_1\n")
    secrets_job.put(tmp_path / "keys", "smtp_password", "relay")
    secrets_job.hand_out(tmp_path / "keys", tmp_path / "out")
    assert everything(tmp_path / "out") == {
        **before,
        "payments": {**before["payments"], "stripe_api_key": "rk_live_1\n"},
        "notify": {**before["notify"], "smtp_password": "relay\n"},
    }


@pytest.mark.parametrize(
    ("name", "text", "said"), [("stripe_key", "x", "no secret 'stripe_key'"), ("issuer.pem", " \n", "Nothing came")]
)
def test_what_is_no_secret_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(secrets_job.UnknownSecret, match=said):
        secrets_job.put(tmp_path, name, text)


def job(tmp_path: Path, *what: str, given: str = "") -> tuple[int, str]:
    """Exit code and last words of the command."""
    command = [
        sys.executable,
        "-m",
        "devstack.secrets_job",
        "--keys",
        str(tmp_path / "keys"),
        "--out",
        str(tmp_path / "out"),
        *what,
    ]
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_lost_secret_is_named_and_put_back_and_never_made_anew(tmp_path: Path) -> None:
    assert job(tmp_path)[0] == 0
    copy = (tmp_path / "keys" / "issuer.pem").read_text()
    (tmp_path / "keys" / "issuer.pem").unlink()
    code, said = job(tmp_path)
    assert (code, said.count("\n")) == (1, 1)
    assert (
        "has lost issuer.pem. issuer.pem signs badges: without it badges that were issued before"
        " cannot be verified any more." in said
    )
    assert said.endswith("Put it back from a copy, or start anew without the data: `docker compose down --volumes`.\n")
    assert not (tmp_path / "keys" / "issuer.pem").exists()
    assert job(tmp_path, "put", "issuer.pem", given=copy)[0] == 0
    assert (tmp_path / "out" / "badging" / "issuer.pem").read_text() == copy


@pytest.mark.parametrize("name", ["issuer.pem", "session.jwk", "session.jwks.json", "seal.private", "seal.public"])
def test_what_cannot_be_that_secret_is_refused_and_the_one_there_stays(tmp_path: Path, name: str) -> None:
    assert job(tmp_path)[0] == 0
    before = (tmp_path / "keys" / name).read_text()
    code, said = job(tmp_path, "put", name, given='{"keys": []}\n')
    assert (code, said.count("\n")) == (1, 1)
    assert name in said
    assert (tmp_path / "keys" / name).read_text() == before
    assert job(tmp_path)[0] == 0


def test_a_new_pair_is_put_by_its_private_half_or_the_public_one_first(tmp_path: Path) -> None:
    assert job(tmp_path)[0] == 0
    other = ensure_keys(tmp_path / "other").folder
    assert job(tmp_path, "put", "seal.private", given=(other / "seal.private").read_text())[0] == 0
    assert (tmp_path / "out" / "intake" / "seal.public").read_text() == (other / "seal.public").read_text()

    code, said = job(tmp_path, "put", "session.jwk", given=(other / "session.jwk").read_text())
    assert (code, "Put session.jwks.json there first" in said) == (1, True)
    both = [json.loads((folder / "session.jwks.json").read_text())["keys"][0] for folder in (tmp_path / "keys", other)]
    assert job(tmp_path, "put", "session.jwks.json", given=json.dumps({"keys": both}))[0] == 0
    assert job(tmp_path, "put", "session.jwk", given=(other / "session.jwk").read_text())[0] == 0
    assert json.loads((tmp_path / "out" / "review" / "session.jwks.json").read_text()) == {"keys": both}
    assert job(tmp_path, "put", "session.jwks.json", given=json.dumps({"keys": both[1:]}))[0] == 0


def test_passwords_of_databases_are_made_anew_on_purpose_and_nothing_else_is(tmp_path: Path) -> None:
    assert job(tmp_path)[0] == 0
    before = everything(tmp_path / "out")
    assert job(tmp_path, "renew", "databases.json")[0] == 0
    after = everything(tmp_path / "out")
    changed = {
        (holder, name) for holder, files in after.items() for name in files if files[name] != before[holder][name]
    }
    assert changed == {
        *((service, "database_password") for service in SERVICES),
        *(("postgres", service) for service in SERVICES),
    }
    code, said = job(tmp_path, "renew", "issuer.pem")
    assert (code, "'issuer.pem' cannot be renewed here" in said) == (1, True)
    assert everything(tmp_path / "out") == after
