"""The state of the mailbox and the Stripe sandbox: written whole, and a sentence if it is damaged."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.files import StateDamaged
from devstack.ports import free_ports
from devstack.sqlite_file import open_whole

SCHEMA = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text TEXT);"


def fill(file: Path) -> None:
    database = open_whole(file, SCHEMA, "it is gone then")
    database.executemany("INSERT INTO t (text) VALUES (?)", [("x" * 1000,) for _ in range(200)])
    database.close()


def test_what_was_written_is_there_again(tmp_path: Path) -> None:
    fill(tmp_path / "state" / "file")
    database = open_whole(tmp_path / "state" / "file", SCHEMA, "it is gone then")
    assert database.execute("SELECT count(*) FROM t").fetchone() == (200,)
    database.close()


@pytest.mark.parametrize("size", [0, 1, 4096, 100_000])
def test_a_file_that_was_cut_short_is_refused_and_kept(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    fill(file)
    os.truncate(file, size)
    with pytest.raises(
        StateDamaged,
        match=rf"^{re.escape(str(file))} cannot be used \(.*\)\. Restore it from a"
        r" copy, or remove it: it is gone then\.$",
    ):
        open_whole(file, SCHEMA, "it is gone then")
    assert file.stat().st_size == size


def test_a_damaged_page_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "file")
    with (tmp_path / "file").open("r+b") as raw:
        raw.seek(4096 * 3)
        raw.write(b"\xff" * 4096)
    with pytest.raises(StateDamaged, match="cannot be used"):
        open_whole(tmp_path / "file", SCHEMA, "it is gone then")


def test_what_an_interruption_left_of_a_new_file_and_the_log_of_one_that_is_gone_are_no_obstacle(
    tmp_path: Path,
) -> None:
    left = sqlite3.connect(tmp_path / "file.new")
    left.executescript("PRAGMA journal_mode = WAL; CREATE TABLE other (n); INSERT INTO other VALUES (1);")
    os.link(tmp_path / "file.new-wal", tmp_path / "file-wal")
    database = open_whole(tmp_path / "file", SCHEMA, "it is gone then")
    assert database.execute("SELECT name FROM sqlite_schema").fetchall() == [("t",)]
    database.close()
    left.close()


@pytest.mark.parametrize("program", ["mailbox", "stripe"])
def test_a_program_whose_file_is_damaged_ends_with_a_sentence(tmp_path: Path, program: str) -> None:
    (tmp_path / f"{program}.sqlite").write_text("not a database, but as long as one has to be: " + "x" * 1000)
    first, second = map(str, free_ports(2))
    command = ["devstack.mailbox", "--http-port", first, "--smtp-port", second, "--state-dir", str(tmp_path)]
    if program == "stripe":
        command = [
            "devstack.stripe_sandbox",
            "--port",
            first,
            "--public-url",
            "http://127.0.0.1",
            "--clock-file",
            str(tmp_path / "clock"),
        ]
        command += [
            "--webhook-url",
            "http://127.0.0.1:9/",
            "--webhook-secret-file",
            str(tmp_path / "secret"),
            "--state-dir",
            str(tmp_path),
        ]
    ended = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1
    assert re.fullmatch(
        rf"{re.escape(str(tmp_path / program))}\.sqlite cannot be used \(file is not a database\)\. Restore it .*\.\n",
        ended.stderr,
    )
