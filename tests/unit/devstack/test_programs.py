"""Values that follow from the caller's environment: ports, addresses, and the secrets of each process."""

import json
import re
from pathlib import Path

import pytest

from devstack.databases import SERVICES
from devstack.gateway import CaddyMissing, caddy
from devstack.keys import Keys, ensure_keys
from devstack.programs import Plan, SettingError, infrastructure, plan_from, services, web
from devstack.telling import REFUSALS


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return ensure_keys(tmp_path / "keys")


def test_the_addresses_are_those_of_the_api_and_that_of_people_is_first() -> None:
    assert next(iter(plan_from({}).addresses)) == "web"
    assert plan_from({}).addresses == {
        "web": "http://127.0.0.1:8000",
        "intake": "http://127.0.0.1:8001",
        "payments": "http://127.0.0.1:8002",
        "review": "http://127.0.0.1:8003",
        "badging": "http://127.0.0.1:8004",
        "notify": "http://127.0.0.1:8005",
        "ops": "http://127.0.0.1:8006",
        "mailbox": "http://127.0.0.1:8025",
        "stripe": "http://127.0.0.1:12111",
        "kafka": "127.0.0.1:9092",
    }


def test_the_offset_shifts_every_port(keys: Keys) -> None:
    near, far = plan_from({}), plan_from({"MICROCRED_PORT_OFFSET": "300"})
    assert far.ports == {name: port + 300 for name, port in near.ports.items()}
    assert [list(program.ports.values()) for program in services(far, keys)] == [[8301 + n] for n in range(6)]
    assert web(far).ports == {"web": 8300}


@pytest.mark.parametrize("offset", ["-1", "a", "1.5", "60000"])
def test_a_wrong_offset_is_refused_by_name(offset: str) -> None:
    with pytest.raises(SettingError, match="MICROCRED_PORT_OFFSET"):
        plan_from({"MICROCRED_PORT_OFFSET": offset})


def test_each_secret_is_given_to_the_process_that_needs_it_and_to_no_other(keys: Keys) -> None:
    plan = Plan(keys.folder.parent)
    having: dict[str, list[str]] = {}
    secrets = {
        "session": str(keys.session_private),
        "seal": str(keys.seal_private),
        "issuer": str(keys.issuer),
        "stripe": keys.stripe_api_key,
        "webhook": keys.stripe_webhook_secret,
        **{f"database of {service}": password for service, password in keys.database_passwords.items()},
    }
    for program in services(plan, keys):
        for name, secret in secrets.items():
            if any(secret == value or f":{secret}@" in value for value in program.environ.values()):
                having.setdefault(name, []).append(program.name)
    assert having == {
        "session": ["intake"],
        "seal": ["notify"],
        "issuer": ["badging"],
        "stripe": ["payments"],
        "webhook": ["payments"],
        **{f"database of {service}": [service] for service in SERVICES},
    }


def test_every_service_is_told_where_kafka_its_database_and_the_public_keys_are(keys: Keys) -> None:
    plan = Plan(keys.folder.parent)
    for program in services(plan, keys):
        environ = program.environ
        assert program.command[-2:] == ["-m", f"services.{program.name}"]
        assert environ["KAFKA_BOOTSTRAP"] == "127.0.0.1:9092"
        password = keys.database_passwords[program.name]
        name = f"microcred_{program.name}"
        assert (
            environ[f"DATABASE_URL_{program.name.upper()}"] == f"postgresql://{name}:{password}@127.0.0.1:5433/{name}"
        )
        assert environ["SESSION_JWKS_FILE"] == str(keys.session_public)
        assert environ["HTTP_PORT"] == str(plan.ports[program.name])


@pytest.mark.parametrize(
    ("given", "public"),
    [({}, "http://127.0.0.1:8000"), ({"MICROCRED_PUBLIC_URL": "https://badges.example/"}, "https://badges.example")],
)
def test_all_name_the_one_address_and_know_the_demo(keys: Keys, given: dict[str, str], public: str) -> None:
    plan = plan_from(given)
    told = [program.environ for program in services(plan, keys)]
    assert {environ["MICROCRED_PUBLIC_URL"] for environ in (*told, web(plan).environ)} == {public}
    (demonstration,) = {environ["MICROCRED_DEMONSTRATION"] for environ in told}
    assert json.loads(demonstration) == {
        "people": [
            "admin@example.org",
            "staff@example.org",
            "chair@example.org",
            *(f"reviewer-{n}@example.org" for n in range(1, 5)),
            "operator@example.org",
        ],
        "mailbox_url": "http://127.0.0.1:8025",
    }
    assert not any(re.fullmatch("(INTAKE|PAYMENTS|REVIEW|BADGING|NOTIFY|OPS)_URL", name) for name in told[0])


def test_the_gateway_hands_each_service_what_is_its_own() -> None:
    environ = web(plan_from({"MICROCRED_PORT_OFFSET": "300"})).environ
    assert environ["MICROCRED_GATEWAY_SITE"] == "http://:8300"
    assert [environ[f"MICROCRED_{name.upper()}"] for name in SERVICES] == [f"127.0.0.1:{8301 + n}" for n in range(6)]


def test_a_machine_without_caddy_is_told_so_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaddyMissing, match=r"^There is no Caddy for this machine: .*\. Install Caddy 2 .*$"):
        caddy(tmp_path / "python", str(tmp_path))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "caddy").touch(0o755)
    assert caddy(tmp_path / "python", str(tmp_path / "bin")) == str(tmp_path / "bin" / "caddy")
    assert CaddyMissing in REFUSALS


def test_a_kafka_and_databases_of_the_caller_take_the_place_of_the_embedded_ones(keys: Keys, tmp_path: Path) -> None:
    environ = {
        "KAFKA_BOOTSTRAP": "broker.example:9092",
        "DATABASE_URL_REVIEW": "postgresql://r@db.example/review",
        "MICROCRED_STATE": str(tmp_path),
    }
    plan = plan_from(environ)
    assert plan.addresses["kafka"] == "broker.example:9092"
    assert plan.embedded_databases == [service for service in SERVICES if service != "review"]
    told = {program.name: program.environ for program in services(plan, keys)}
    assert told["review"]["DATABASE_URL_REVIEW"] == "postgresql://r@db.example/review"
    assert {environ["KAFKA_BOOTSTRAP"] for environ in told.values()} == {"broker.example:9092"}
    assert [program.name for program in infrastructure(plan, keys, None, tmp_path)] == ["postgres", "mailbox", "stripe"]


def test_no_program_listens_where_another_does() -> None:
    ports = list(plan_from({}).ports.values())
    assert len(set(ports)) == len(ports) == 13
