"""Every command in the documents is run by a test: here in a small way, or by the test that is named."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.paths import CHECKOUT
from devstack.ports import free_offset
from devstack.programs import PORTS

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "bench/README.md",
    *(f"docs/{path.name}" for path in sorted((CHECKOUT / "docs").glob("*.md"))),
)
COMMAND = re.compile(r"(?:[A-Z_]+=\S* )*(?:make [a-z]|\.venv/bin/|python -m |microcred [a-z]|sh )")

ELSEWHERE = {
    "MICROCRED_BACKEND=containers make test": ("tests/containers/test_backend.py", 'MICROCRED_BACKEND="containers"'),
    "make check": (".ci/run", "make check"),
    "make test-long": (".ci/run", "make test-long"),
    "python -m bench.interrupted": ("tests/system/test_devstack_interrupted.py", '"bench.interrupted"'),
    "python -m bench.exports": ("tests/component/intake/test_memory_exports.py", "from bench.exports import"),
    "python -m bench.fuzz": ("tests/whole/test_fuzz.py", "from bench.fuzz import"),
    "python -m contracts check": ("Makefile", "-m contracts check"),
    "python -m docs.tour": ("tests/whole/browser/test_tour.py", "from docs.tour import"),
    "python -m web.catalogs check": ("Makefile", "-m web.catalogs check"),
    "python -m web.catalogs update": ("tests/unit/web/test_catalogs.py", '"web.catalogs", "update"'),
    "python -m contracts generate": ("tests/contracts/test_contract_check.py", '"generate"'),
    "python -m contracts release VERSION": ("tests/contracts/test_contract_check.py", '"release", "0.1.0"'),
    "python -m program release": ("tests/unit/program/test_program_released.py", 'main(["release"'),
    "python -m services.<name>": ("devstack/programs.py", 'f"services.{name}"'),
}
"""Command, the file that runs it, and what stands there."""

BENCH = 'make bench ARGS="relay hop consume --runs 1 --part 0.01"'
HERE = {
    "make up": ("make up", "Ready after"),
    "make status": ("make status", "running"),
    "make logs": ("make logs", "intake"),
    "make journey": ("make journey", "The badge, after"),
    "python -m bench.journeys": ("python -m bench.journeys --here --runs 1 --part 0.02", "CPU per journey: all"),
    "python -m bench.pages": ("python -m bench.pages --here --runs 1 --part 0.02", "CPU of the gateway"),
    "python -m bench.application_by_pages": (
        "python -m bench.application_by_pages --here --runs 1 --part 0.02",
        "CPU of the gateway",
    ),
    "python -m bench.uploads": ("python -m bench.uploads --large 2 --number 2 --runs 1", "raw"),
    "python -m bench.period_end": ("python -m bench.period_end --part 0.02", "each lapsed once"),
    "python -m bench.lists": ("python -m bench.lists --runs 1 --part 0.02", "state and credential, from the middle"),
    ".venv/bin/microcred": (".venv/bin/microcred --help", "status"),
    ".venv/bin/microcred logs -f intake": ("follow .venv/bin/microcred logs -f intake", "intake"),
    "python -m chassis.kafka.provision --bootstrap HOST:PORT": (
        "python -m chassis.kafka.provision --bootstrap $KAFKA",
        "topics: 0 made",
    ),
    ".venv/bin/supervisorctl -s unix://$PWD/.microcred/supervisord.sock stop services:notify": (
        ".venv/bin/supervisorctl -s unix://$MICROCRED_STATE/supervisord.sock stop services:notify",
        "services:notify: stopped",
    ),
    ".venv/bin/python - intake 127.0.0.1:9092 <<'END'": ("as-it-stands docs/operations.md", ""),
    "python -m services.<name> migrate": (
        "grep '^export ' $MICROCRED_STATE/run/notify.sh >$SCRATCH; . $SCRATCH; python -m services.notify migrate",
        "",
    ),
    "sh .microcred/run/intake.sh": ("by-hand sh $MICROCRED_STATE/run/notify.sh", "Application startup complete"),
    ".venv/bin/supervisorctl -s unix://$PWD/.microcred/supervisord.sock start services:notify": (
        ".venv/bin/supervisorctl -s unix://$MICROCRED_STATE/supervisord.sock start services:notify",
        "services:notify: started",
    ),
    "make down": ("make down", "Stopping"),
    "make reset": ("make reset", "are gone"),
    "make test": ("make test ARGS='-n 0 tests/unit/devstack/test_kafka_folder.py'", "passed"),
    "make test ARGS='tests/unit'": ("make test ARGS='--collect-only tests/unit'", "tests collected"),
    "make test ARGS='tests/system/test_crashes.py'": (
        "make test ARGS='--collect-only tests/system/test_crashes.py'",
        "tests collected",
    ),
    ".venv/bin/python -m pytest tests/unit": (
        ".venv/bin/python -m pytest --collect-only tests/unit/review",
        "tests collected",
    ),
    ".venv/bin/python -m pytest tests/component/review -k withdrawal": (
        ".venv/bin/python -m pytest --collect-only tests/component/review -k withdrawal",
        "deselected",
    ),
    "python -m contracts events": ("python -m contracts events", "payments.fee.paid.v1"),
    "python -m docs.generate": ("python -m docs.generate --check", ""),
    "python -m program check": ("python -m program check", ""),
    "make bench": (BENCH, "ratio batch / one-by-one"),
    'make bench ARGS="relay hop"': (BENCH, "p99"),
    **{f"python -m bench.{name}": (BENCH, name) for name in ("relay", "hop", "consume")},
    "python -m bench.up": ("python -m bench.up --here --runs 0", "make up with a new state"),
    "make soak": ('make soak ARGS="--minutes 0.15 --every 3 --at-once 4"', "Equal."),
    "make containers": ('make containers ARGS="--help"', "--journeys"),
    'make containers ARGS="--journeys 5"': ('make containers ARGS="--help"', "--journeys"),
    "make lock": ("in-a-copy make lock", ""),
}
"""Command, what is run in its place (small), and what is said then. They are run in this order: the first ones share
one stack."""

SAID_BY_THE_WAY = {"python -m chassis.kafka.provision"}
"""Named again without its arguments."""


def documented(text: str) -> set[str]:
    """The commands of a document, but for those of the tour, which `tests/whole/test_readme.py` runs as they stand
    there."""
    before, _, rest = text.partition("## A tour in five minutes")
    text = before + rest.partition("## Every command")[2] if rest else text
    fences = r"^ *```.*?^ *```"
    blocks = re.findall(fences, text, re.DOTALL | re.MULTILINE) + re.findall(r"^ {4}.*$", text, re.MULTILINE)
    prose = re.sub(fences, "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [re.sub(r"\s+#.*", "", line.strip()) for block in blocks for line in block.splitlines()]
    return {found for found in (*lines, *re.findall(r"`([^`\n]+)`", prose)) if COMMAND.match(found)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_documented_command_is_run_by_some_test(name: str) -> None:
    found = documented((CHECKOUT / name).read_text(encoding="utf-8"))
    assert sorted(found - set(HERE) - set(ELSEWHERE) - SAID_BY_THE_WAY) == []


def test_no_command_is_run_that_no_document_shows() -> None:
    found = set().union(*(documented((CHECKOUT / name).read_text(encoding="utf-8")) for name in DOCUMENTS))
    assert sorted({*HERE, *ELSEWHERE, *SAID_BY_THE_WAY} - found) == []


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_run_elsewhere_is_there(command: str) -> None:
    file, words = ELSEWHERE[command]
    assert words in (CHECKOUT / file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Shell:
    """Runs lines in the checkout, with a state folder and ports of its own."""

    environ: dict[str, str]

    def start(self, line: str, folder: Path = CHECKOUT) -> "subprocess.Popen[str]":
        output = subprocess.PIPE
        return subprocess.Popen(
            ["sh", "-ec", line], cwd=folder, env=self.environ, stdout=output, stderr=subprocess.STDOUT, text=True
        )

    def run(self, line: str, folder: Path = CHECKOUT) -> str:
        with self.start(line, folder) as process:
            said, _ = process.communicate(timeout=280)
        assert process.returncode == 0, said
        return said

    def run_until(self, line: str, words: str, number: signal.Signals) -> str:
        """A command that does not end by itself. It is ended by a signal when it has said something."""
        said = ""
        with self.start(f"exec {line}") as process:
            assert process.stdout is not None
            while words not in said and (more := process.stdout.readline()):
                said += more
            process.send_signal(number)
            said += process.stdout.read()
        assert process.returncode in (0, 130, -number), said
        return said


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("documented")
    offset = free_offset(PORTS.values())
    others = ("PYTEST_", "MICROCRED_", "MAKE", "MFLAGS", "ARGS")  # of the `make test` that runs this one
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    own = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MICROCRED_STATE": str(folder / "state"),
        "MICROCRED_PORT_OFFSET": str(offset),
        "KAFKA": f"127.0.0.1:{PORTS['kafka'] + offset}",
        "SCRATCH": str(folder / "scratch"),
        "COLUMNS": "200",
    }
    shell = Shell(kept | own)
    yield shell
    shell.run("make reset")


@pytest.fixture(scope="module")
def said_before() -> dict[str, str]:
    """The output of each line that was tried. One line may try two commands."""
    return {}


@pytest.mark.parametrize("command", HERE)
def test_it_runs(shell: Shell, said_before: dict[str, str], tmp_path: Path, command: str) -> None:
    line, words = HERE[command]
    if line not in said_before:
        kind, _, rest = line.partition(" ")
        match kind:
            case "follow":
                said_before[line] = shell.run_until(rest, words, signal.SIGINT)
            case "by-hand":
                said_before[line] = shell.run_until(rest, words, signal.SIGTERM)
            case "as-it-stands":
                said_before[line] = shell.run(
                    as_it_stands(rest, command).replace(" - intake 127.0.0.1:9092", " - notify $KAFKA")
                )
            case "in-a-copy":
                said_before[line] = in_a_copy(shell, rest, tmp_path)
            case _:
                said_before[line] = shell.run(line)
    assert words in said_before[line]
    assert "Traceback" not in said_before[line]


def as_it_stands(name: str, command: str) -> str:
    """The lines of a document's block that begins with the command."""
    (block,) = re.findall(
        rf"^```sh\n({re.escape(command)}\n.*?)^```",
        (CHECKOUT / name).read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    return str(block)


def in_a_copy(shell: Shell, line: str, copy: Path) -> str:
    """Run it in a copy, so that nobody else reads what it writes. The versions that it writes are those of this
    checkout."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "README.md"):
        shutil.copy2(CHECKOUT / name, copy / name)
    for name in ("deploy", "devstack"):
        shutil.copytree(CHECKOUT / name, copy / name)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    said = shell.run(line, copy)
    for lock in (
        "requirements.lock",
        *(f"deploy/locks/{path.name}" for path in (CHECKOUT / "deploy" / "locks").glob("*.lock")),
    ):
        versions = [re.findall(r"^\S+==\S+", (folder / lock).read_text(), re.MULTILINE) for folder in (copy, CHECKOUT)]
        assert versions[0] == versions[1] != []
    return said
