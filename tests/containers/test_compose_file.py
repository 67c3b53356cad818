"""The content of docker-compose.yml: which service mounts which secrets and objects, what waits for what, which ports
are open."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.topics import OBJECT_READERS
from devstack import gateway
from devstack.names import SERVICES
from devstack.secrets_job import HELD

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
ENTRIES: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {"secrets", "topics", *(f"migrate-{service}" for service in SERVICES)}


def mounts(prefix: str) -> set[tuple[str, str, str]]:
    """(entry, volume, mode) of every mounted volume of that prefix."""
    found = set()
    for name, entry in ENTRIES.items():
        for mount in entry.get("volumes", []):
            volume, _, rest = mount.partition(":")
            if volume.startswith(prefix):
                found.add((name, volume, "ro" if rest.endswith(":ro") else "rw"))
    return found


def test_secrets_are_mounted_by_their_holder_alone() -> None:
    holders = {
        holder: (f"secrets-{holder}", [holder, *([f"migrate-{holder}"] if holder in SERVICES else [])])
        for holder in (*HELD, "postgres")
    }
    expected = {(entry, volume, "ro") for volume, entries in holders.values() for entry in entries}
    assert mounts("secrets-") == expected | {("secrets", volume, "rw") for volume, _ in holders.values()}
    assert mounts("keys") == {("secrets", "keys", "rw")}


def test_objects_are_written_by_their_owner_and_read_by_whom_the_contracts_let() -> None:
    expected = {
        (entry, f"objects-{owner}", "rw" if service == owner else "ro")
        for owner, readers in OBJECT_READERS.items()
        for service in readers
        for entry in (service, f"migrate-{service}")
    }
    assert mounts("objects-") == expected


def test_no_secret_is_in_the_file_and_none_in_an_environment() -> None:
    given = {
        (name, variable): str(value)
        for name, entry in ENTRIES.items()
        for variable, value in entry.get("environment", {}).items()
    }
    sensitive = {key: value for key, value in given.items() if re.search("PASSWORD|SECRET|KEY|TOKEN", key[1])}
    assert len(sensitive) > 10
    assert {key: value for key, value in sensitive.items() if not value.startswith("/run/secrets/")} == {}
    assert {key for key, value in given.items() if re.search(r"://[^/@]*:[^/@]*@", value)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_topics_and_its_migrations_which_wait_for_the_database(service: str) -> None:
    done = {"condition": "service_completed_successfully"}
    waits = ENTRIES[service]["depends_on"]
    assert (waits["topics"], waits[f"migrate-{service}"]) == (done, done)
    assert ENTRIES[f"migrate-{service}"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert ENTRIES["postgres"]["depends_on"] == {"secrets": done}
    assert ENTRIES[f"migrate-{service}"]["environment"] == ENTRIES[service]["environment"]
    assert ENTRIES[f"migrate-{service}"]["image"] == ENTRIES[service]["image"]


def test_what_runs_on_is_restarted_limited_and_looked_after_and_jobs_run_once() -> None:
    assert len(ENTRIES) == 19
    assert {name for name, entry in ENTRIES.items() if entry["restart"] == "no"} == JOBS
    for name in set(ENTRIES) - JOBS:
        entry = ENTRIES[name]
        assert entry["restart"] == "unless-stopped", name
        assert {"mem_limit", "cpus"} <= set(entry), name
        assert "start_interval" in entry["healthcheck"], name
    for name in {*SERVICES, *JOBS, "gateway", "mail", "stripe"}:
        assert (ENTRIES[name]["read_only"], ENTRIES[name]["cap_drop"]) == (True, ["ALL"]), name


def test_only_what_a_person_opens_is_published_and_only_on_this_machine() -> None:
    published = {name: entry["ports"] for name, entry in ENTRIES.items() if "ports" in entry}
    assert set(published) == {"gateway", "mail", "stripe"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert {name for name, entry in ENTRIES.items() if "outside" in entry.get("networks", [])} == {
        "gateway",
        "mail",
        "stripe",
        "payments",
        "notify",
    }
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_every_service_is_in_each_list() -> None:
    loops = [
        re.findall(r"^for service in (.+); do$", (CHECKOUT / name).read_text(), re.MULTILINE)
        for name in ("deploy/lock.sh", "deploy/postgres/databases.sh")
    ]
    assert loops == [[" ".join(SERVICES)], [" ".join(SERVICES)]]
    stages = re.findall(r"^FROM code-service AS code-(\w+)$", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)
    assert tuple(stages) == SERVICES


def test_the_gateway_has_the_one_file_and_is_told_of_every_service() -> None:
    entry = ENTRIES["gateway"]
    told = entry["environment"]
    read = set(re.findall(r"\{\$(\w+)\}", gateway.FILE.read_text()))
    assert set(told) == read
    assert {told[f"MICROCRED_{service.upper()}"] for service in SERVICES} == {f"{service}:8000" for service in SERVICES}
    assert {told["MICROCRED_PUBLIC_URL"]} == {ENTRIES[one]["environment"]["MICROCRED_PUBLIC_URL"] for one in SERVICES}
    assert "./deploy/gateway/Caddyfile:/etc/caddy/Caddyfile:ro" in entry["volumes"]
    assert entry["command"] == [*gateway.command("caddy")[:3], "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
    assert set(gateway.environment("", 1, dict.fromkeys(SERVICES, ""), CHECKOUT)) - {"XDG_DATA_HOME"} >= read


def test_a_public_name_is_what_the_gateway_serves_and_gets_a_certificate_for() -> None:
    text = (CHECKOUT / "deploy" / "gateway" / "public.yml").read_text()
    (name, entry), *others = yaml.safe_load(text.replace("!override ", ""))["services"].items()
    assert (name, others) == ("gateway", [])
    assert entry["ports"] == ["80:80", "443:443"]
    assert entry["environment"].keys() == {"MICROCRED_GATEWAY_SITE"}
    assert entry["environment"]["MICROCRED_GATEWAY_SITE"].startswith("${MICROCRED_PUBLIC_URL:?")
    # What Caddy makes of it: a certificate of its own for that name, and plain HTTP that leads there.
    environ = gateway.environment("https://badges.example.org", 1, dict.fromkeys(SERVICES, "a:1"), CHECKOUT)
    adapted = subprocess.run(
        [gateway.caddy(), "adapt", "--config", str(gateway.FILE), "--adapter", "caddyfile"],
        env={**environ, "MICROCRED_GATEWAY_SITE": "https://badges.example.org", "MICROCRED_GATEWAY_BIND": "0.0.0.0"},
        capture_output=True,
        check=True,
    )
    (server,) = json.loads(adapted.stdout)["apps"]["http"]["servers"].values()
    assert server["listen"] == ["0.0.0.0:443"]
    assert "automatic_https" not in server
    assert [route["match"] for route in server["routes"]] == [[{"host": ["badges.example.org"]}]]
