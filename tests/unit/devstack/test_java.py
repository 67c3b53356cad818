from collections.abc import Callable
from pathlib import Path

import pytest

from devstack.java import JavaError, archive_flags, find_java

MakeJava = Callable[[str, str], Path]


@pytest.fixture
def make_java(tmp_path: Path) -> MakeJava:
    """A program that answers `-version` as a Java of that version does."""

    def make(name: str, version: str) -> Path:
        program = tmp_path / name / "bin" / "java"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
        program.chmod(0o755)
        return program

    return make


def broken(path: Path) -> Path:
    """The program that macOS has instead of a Java. It is on the PATH and only says where to get a Java."""
    path.write_text("#!/bin/sh\necho 'No Java runtime present' >&2\nexit 1\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["17.0.15", "21", "25.0.2"])
def test_a_java_of_the_machine_is_used_from_17_on(make_java: MakeJava, version: str) -> None:
    own = make_java("own", version)
    bundled = make_java("bundled", "25.0.2")
    assert find_java(str(own), lambda: bundled).program == own


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2", "16"])
def test_an_older_one_is_passed_over(make_java: MakeJava, version: str) -> None:
    own = make_java("own", version)
    bundled = make_java("bundled", "25.0.2")
    assert find_java(str(own), lambda: bundled).program == bundled


def test_a_java_that_does_not_run_is_passed_over(make_java: MakeJava, tmp_path: Path) -> None:
    bundled = make_java("bundled", "25.0.2")
    assert find_java(str(broken(tmp_path / "java")), lambda: bundled).program == bundled
    assert find_java(str(tmp_path / "nowhere"), lambda: bundled).program == bundled


def test_without_any_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JavaError, match="Install a Java"):
        find_java(str(tmp_path / "nowhere"), lambda: tmp_path / "neither")


def test_the_archive_is_made_once_for_a_runtime_and_a_classpath(make_java: MakeJava, tmp_path: Path) -> None:
    program = make_java("own", "17.0.15")
    base = program.parent.parent / "lib" / "server" / "classes.jsa"
    base.parent.mkdir(parents=True)
    base.touch()
    java = find_java(str(program))
    trained: list[list[str]] = []

    def train(flags: list[str]) -> None:
        trained.append(flags)
        Path(flags[-1].partition("=")[2]).write_text("archive")

    first = archive_flags(java, [Path("a.jar")], ["-Xmx1m"], tmp_path / "archives", train)
    assert archive_flags(java, [Path("a.jar")], ["-Xmx1m"], tmp_path / "archives", train) == first
    assert len(trained) == 1
    assert archive_flags(java, [Path("b.jar")], ["-Xmx1m"], tmp_path / "archives", train) != first
    assert len(trained) == 2
    assert all(Path(flag.partition("=")[2]).read_text() == "archive" for flag in first)


@pytest.mark.parametrize("harm", ["", "arch", "another"])
def test_an_archive_that_is_not_what_was_made_is_made_again(make_java: MakeJava, tmp_path: Path, harm: str) -> None:
    program = make_java("own", "17.0.15")
    base = program.parent.parent / "lib" / "server" / "classes.jsa"
    base.parent.mkdir(parents=True)
    base.touch()
    java = find_java(str(program))

    def made() -> Path:
        flags = archive_flags(
            java, [Path("a.jar")], [], tmp_path / "archives", lambda flags: _write(flags[-1]) and None
        )
        return Path(flags[0].partition("=")[2])

    archive = made()
    archive.write_text(harm)
    assert made() == archive
    assert archive.read_text() == "archive"


def _write(flag: str) -> int:
    return Path(flag.partition("=")[2]).write_text("archive")


def test_a_runtime_that_makes_no_archive_is_used_without(make_java: MakeJava, tmp_path: Path) -> None:
    java = find_java(str(make_java("own", "17.0.15")))
    assert archive_flags(java, [Path("a.jar")], [], tmp_path / "archives", lambda flags: None) == []
