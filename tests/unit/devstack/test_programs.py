"""What follows from the caller's environment: ports, addresses, and which process is given which secret."""

from pathlib import Path

import pytest

from devstack.databases import SERVICES
from devstack.keys import Keys, ensure_keys
from devstack.programs import Plan, SettingError, infrastructure, plan_from, services


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return ensure_keys(tmp_path / "keys")


def test_the_addresses_are_those_of_the_api() -> None:
    assert plan_from({}).addresses == {
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
    assert len(set(ports)) == len(ports) == 12
