"""Which proxies are believed about the client's address: in docker-compose.yml, and in the gateway."""

import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.settings import proxies
from devstack import gateway
from devstack.compose_trial import SETTINGS
from devstack.names import SERVICES
from devstack.ports import free_port
from services.intake.app import Settings
from tests.one_gateway import running

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def filled(text: str, environ: dict[str, str]) -> str:
    """A value of docker-compose.yml as compose fills it in."""
    return _VARIABLE.sub(lambda found: environ.get(found[1]) or found[2], text)


@pytest.mark.parametrize("environ", [{}, SETTINGS], ids=["as it is", "the trial's"])
def test_services_believe_the_gateway_alone(environ: dict[str, str]) -> None:
    gateway = filled(COMPOSE["services"]["gateway"]["networks"]["inside"]["ipv4_address"], environ)
    for service in SERVICES:
        given = COMPOSE["services"][service]["environment"]
        assert "FORWARDED_ALLOW_IPS" not in given
        assert proxies(filled(given["TRUSTED_PROXIES"], environ)) == [gateway]
    (config,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    subnet, rest = (ip_network(filled(config[name], environ)) for name in ("subnet", "ip_range"))
    # Nobody else is ever given the gateway's address.
    assert ip_address(gateway) in subnet
    assert rest.subnet_of(subnet)  # type: ignore[arg-type]
    assert ip_address(gateway) not in rest
    assert rest.num_addresses > len(COMPOSE["services"])


def test_the_trials_network_is_beside_the_others() -> None:
    (config,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert not ip_network(filled(config["subnet"], {})).overlaps(ip_network(filled(config["subnet"], SETTINGS)))


def test_sign_in_limits_are_those_of_the_service_unless_somebody_sets_wider_ones() -> None:
    given = COMPOSE["services"]["intake"]["environment"]
    for name in ("sign_in_per_address", "sign_in_per_client"):
        assert filled(given[name.upper()], {}) == Settings.model_fields[name].default
        assert filled(given[name.upper()], SETTINGS) == SETTINGS[name.upper()]
    assert filled(COMPOSE["services"]["gateway"]["environment"]["MICROCRED_TRUSTED_PROXIES"], {}) == ""


async def test_the_client_is_who_connects_whatever_a_request_says(tmp_path: Path) -> None:
    async with running(tmp_path) as front:
        for claimed in CLAIMS:
            came = await front.forwarded(headers=claimed)
            assert {name: came.headers[name] for name in came.headers if name in TOLD} == {
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "http",
                "x-forwarded-host": f"127.0.0.1:{front.port}",
            }


CLAIMS: list[dict[str, str]] = [
    {},
    {"X-Forwarded-For": "198.51.100.7"},
    {"x-forwarded-for": "127.0.0.1, 198.51.100.7"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
    {"Forwarded": "for=198.51.100.7;host=evil.example;proto=https", "X-Real-IP": "198.51.100.7"},
]
TOLD = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "x-real-ip")


@pytest.mark.parametrize("trusted", ["127.0.0.1", "203.0.113.0/24 127.0.0.0/8", "127.0.0.1 203.0.113.9"])
@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("10.9.9.9, 198.51.100.7", "198.51.100.7"),  # what a client put there itself comes before what the proxy found
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.7, 203.0.113.9", None),  # a chain of two proxies
        ("nonsense", "127.0.0.1"),
    ],
)
async def test_of_a_proxy_that_the_setting_names_the_client_is_taken(
    tmp_path: Path, trusted: str, said: str, client: str | None
) -> None:
    if client is None:
        client = "198.51.100.7" if "203.0.113" in trusted else "203.0.113.9"
    async with running(tmp_path, trusted=trusted) as front:
        came = await front.forwarded(headers={"X-Forwarded-For": said, "X-Forwarded-Proto": "https"})
    assert (came.headers["x-forwarded-for"], came.headers["x-forwarded-proto"]) == (client, "https")


@pytest.mark.parametrize("trusted", ["*", "10.0.0.1;", "proxy", "10.0.0.0/33", "10.0.0.1,10.0.0.2"])
def test_a_gateway_that_is_told_nonsense_says_so_and_does_not_start(tmp_path: Path, trusted: str) -> None:
    upstreams = dict.fromkeys(SERVICES, "127.0.0.1:1")
    environ = gateway.environment("http://127.0.0.1:8000", free_port(), upstreams, tmp_path, trusted)
    done = subprocess.run(
        gateway.command(gateway.caddy()), env=environ, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert f": '{trusted}'" in done.stdout.splitlines()[-1]
