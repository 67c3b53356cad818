"""Whose word about the client's address counts: in docker-compose.yml, and in the gateway that stands before the
services."""

import os
import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.settings import proxies
from devstack.compose_trial import SETTINGS
from devstack.names import SERVICES
from services.intake.app import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
GATEWAY = CHECKOUT / "deploy" / "gateway"
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


def start_gateway(tmp_path: Path, trusted: str) -> tuple[int, str, list[str]]:
    """What the gateway's entrypoint does: its exit code, what it said, and the lines that nginx would include."""
    nginx = tmp_path / "nginx"
    nginx.write_text(f'#!/bin/sh\necho "$@"\ncp /tmp/trusted.conf {tmp_path}/trusted.conf\n')
    nginx.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "MICROCRED_TRUSTED_PROXIES": trusted}
    done = subprocess.run(
        ["/bin/sh", str(GATEWAY / "entrypoint.sh")],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
    )
    included = tmp_path / "trusted.conf"
    return done.returncode, done.stdout + done.stderr, included.read_text().splitlines() if included.exists() else []


@pytest.mark.parametrize(
    ("trusted", "lines"),
    [
        ("", []),
        ("203.0.113.7", ["set_real_ip_from 203.0.113.7;"]),
        (
            "203.0.113.7,10.0.0.0/8, 2001:db8::/32",
            ["set_real_ip_from 203.0.113.7;", "set_real_ip_from 10.0.0.0/8;", "set_real_ip_from 2001:db8::/32;"],
        ),
    ],
)
def test_the_gateway_believes_whom_the_setting_names(tmp_path: Path, trusted: str, lines: list[str]) -> None:
    assert start_gateway(tmp_path, trusted) == (0, "-c /etc/microcred/nginx.conf -e /dev/stderr\n", lines)


@pytest.mark.parametrize(
    "trusted", ["*", "10.0.0.1; include /etc/passwd", "proxy", "$(id)", "10.0.0.1\nuser root", "unix:"]
)
def test_a_gateway_that_is_told_nonsense_says_so_and_does_not_start(tmp_path: Path, trusted: str) -> None:
    code, said, lines = start_gateway(tmp_path, trusted)
    assert (code, lines) == (64, [])
    assert re.fullmatch(
        r"MICROCRED_TRUSTED_PROXIES: \S+ is neither an address nor a network; write"
        r" it like 10\.0\.0\.2 or 10\.0\.0\.0/24\n",
        said,
    )


def test_the_gateway_says_the_client_that_it_found_and_nothing_that_came_with_the_request() -> None:
    conf = (GATEWAY / "nginx.conf").read_text()
    for line in (
        "include /tmp/trusted.conf;",
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
    ):
        assert conf.count(line) == 1
    image = (GATEWAY / "Dockerfile").read_text()
    assert "entrypoint.sh /etc/microcred/" in image
    assert 'ENTRYPOINT ["/bin/sh", "/etc/microcred/entrypoint.sh"]' in image
