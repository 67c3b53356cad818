"""Files of the state: whole or missing, readable only by their owner, and a sentence if one is damaged."""

import os
import re
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from devstack.addresses import FILE, read_addresses
from devstack.files import StateDamaged, close_to_others, for_the_owner_only, read, read_words, write_whole
from devstack.programs import Plan
from devstack.stripe_sandbox.clock import Clock, read_offset

DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "blank": lambda path: path.write_text(" \n"),
    "truncated": lambda path: path.write_text(path.read_text()[: len(path.read_text()) // 2]),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "a list": lambda path: path.write_text("[]"),
    "null": lambda path: path.write_text("null"),
    "another shape": lambda path: path.write_text('{"intake": 7}'),
    "nothing in it": lambda path: path.write_text("{}"),
    "deep": lambda path: path.write_text("[" * 100_000),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("harm", DAMAGE)
def test_addresses_that_are_damaged_are_refused_with_the_file_and_the_remedy(tmp_path: Path, harm: str) -> None:
    plan = Plan(tmp_path)
    write_whole(tmp_path / FILE, str(plan.addresses).replace("'", '"'))
    assert read_addresses(tmp_path) == plan.addresses
    DAMAGE[harm](tmp_path / FILE)
    with pytest.raises(StateDamaged, match=rf"^{re.escape(str(tmp_path / FILE))} .*`make up` writes it anew\.$"):
        read_addresses(tmp_path)


def test_without_addresses_a_stack_is_down(tmp_path: Path) -> None:
    assert read_addresses(tmp_path) == {}


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    write_whole(tmp_path / FILE, str(Plan(tmp_path).addresses | {"review": "nowhere"}).replace("'", '"'))
    with pytest.raises(StateDamaged, match="no address for review"):
        read_addresses(tmp_path)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-inf", "1e300", "1 2", "0x10"])
def test_a_clock_that_is_no_number_of_seconds_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "clock").write_text(text)
    with pytest.raises(StateDamaged, match=r"clock .*Write 0 into it"):
        read_offset(tmp_path / "clock")


@pytest.mark.parametrize(("text", "seconds"), [("0\n", 0.0), ("86400", 86_400.0), ("-1.5", -1.5), (None, 0.0)])
def test_a_clock_says_its_seconds(tmp_path: Path, text: str | None, seconds: float) -> None:
    if text is not None:
        (tmp_path / "clock").write_text(text)
    assert read_offset(tmp_path / "clock") == seconds


@pytest.mark.parametrize(("umask", "wanted"), [(0o022, 0o644), (0o077, 0o600)])
def test_who_may_read_the_clock_follows_from_the_umask(tmp_path: Path, umask: int, wanted: int) -> None:
    before = os.umask(umask)
    try:
        Clock(tmp_path / "clock").shift(7.0)
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert (mode(tmp_path / "clock"), (tmp_path / "clock").read_text()) == (wanted, "7")


def test_a_reader_finds_one_text_or_the_other_and_never_half_of_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    texts = {"a" * 100_000, "b" * 100_000}
    write_whole(file, min(texts))
    found: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            found.add(file.read_text())

    reader = threading.Thread(target=look)
    reader.start()
    for text in sorted(texts) * 20:
        write_whole(file, text)
    done.set()
    reader.join()
    assert found <= texts
    assert os.listdir(tmp_path) == ["file"]


def test_a_draft_that_an_interruption_left_is_no_obstacle_and_nobody_else_reads_what_was_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "file.new").write_text("half")
    (tmp_path / "file.new").chmod(0o666)
    before = os.umask(0)
    try:
        write_whole(tmp_path / "file", "whole")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "file"), (tmp_path / "file").read_text(), os.listdir(tmp_path)) == (
        0o600,
        "whole",
        ["file"],
    )


def test_words_are_checked_by_name(tmp_path: Path) -> None:
    write_whole(tmp_path / "words", '{"a": "1", "b": "2", "more": "3"}')
    assert read_words(tmp_path / "words", ["a", "b"]) == {"a": "1", "b": "2", "more": "3"}
    with pytest.raises(StateDamaged, match="it has nothing for c, d"):
        read_words(tmp_path / "words", ["a", "c", "d"])


def test_a_file_that_cannot_be_read_is_named_with_the_reason_and_one_that_is_not_there_is_another_matter(
    tmp_path: Path,
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(
        StateDamaged,
        match=r"loop cannot be read \(Too many levels of symbolic links\)\. Restore it from a copy, or start anew",
    ):
        read(tmp_path / "loop")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_made_meanwhile_is_the_owners_only_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with for_the_owner_only():
            (tmp_path / "folder").mkdir()
            (tmp_path / "folder" / "file").touch()
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert (mode(tmp_path / "folder"), mode(tmp_path / "folder" / "file")) == (0o700, 0o600)


def test_a_folder_is_closed_with_all_in_it_but_for_a_passage_and_what_is_apart(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for folder in ("state", "state/open", "state/open/deep", "state/passage", "state/passage/apart"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder).chmod(0o777)
        (tmp_path / folder / "file").touch()
        (tmp_path / folder / "file").chmod(0o666)
    (state / "script").touch()
    (state / "script").chmod(0o755)
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    (state / "link").symlink_to(outside)
    close_to_others(state, [state, state / "passage"], [state / "passage" / "apart"])
    found = {
        path.relative_to(tmp_path).as_posix(): mode(path)
        for path in [state, *state.rglob("*"), outside]
        if not path.is_symlink()
    }
    assert found == {
        "state": 0o711,
        "state/file": 0o600,
        "state/script": 0o700,
        "state/open": 0o700,
        "state/open/file": 0o600,
        "state/open/deep": 0o700,
        "state/open/deep/file": 0o600,
        "state/passage": 0o711,
        "state/passage/file": 0o600,
        "state/passage/apart": 0o777,
        "state/passage/apart/file": 0o666,
        "outside": 0o644,
    }
