"""`python -m contracts`: what it writes and refuses. Releases never change."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from contracts import check, history
from contracts.__main__ import main, release

PAID = "schemas/payments.fee.paid.v1.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the contract files in a git repository with one commit on `main`, nothing released."""
    root = tmp_path / "checkout" / "contracts"
    for name, content in history.in_folder(check.FOLDER).items():
        if not name.startswith("released/"):
            write(root, name, content)
    git(root.parent, "init", "-q", "-b", "main")
    commit(root)
    return root


def write(root: Path, name: str, content: bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)


def git(root: Path, *arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = (
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "core.hooksPath=/dev/null",
    )
    done = subprocess.run(
        ["git", "-C", str(root), *settings, *arguments], env=clean, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(root: Path) -> str:
    git(root, "add", "-A", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return git(root, "rev-parse", "HEAD")[:12]


def run(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = main(list(arguments), root)
    return code, capsys.readouterr().out.splitlines()


def with_tip(root: Path) -> bytes:
    """The released schema of a paid fee, as if it had had a field that this build's has not."""
    schema = json.loads((root / PAID).read_text())
    schema["$defs"]["FeePaid"]["properties"]["tip_minor"] = {"type": "integer", "default": 0}
    return json.dumps(schema).encode()


NO_TIP = "payments.fee.paid.v1: data.tip_minor: is gone; undo it, or say payments.fee.paid.v2 beside it"


def test_a_fresh_checkout_is_right_and_says_what_it_was_not_compared_with(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, folder, "check") == (
        0,
        ["no release yet to compare with", "not compared with main: HEAD is main, and its parent is not here"],
    )


def test_old_generated_files_are_named_and_made_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / PAID).write_text("{}")
    (folder / "schemas/payments.fee.waived.v1.json").unlink()
    write(folder, "schemas/payments.fee.doubled.v1.json", b"{}")
    (folder / "asyncapi.json").write_text("{}")
    code, lines = run(capsys, folder, "check")
    assert code == 1
    assert lines[:-2] == [
        f"contracts/{PAID}: is out of date; run `python -m contracts generate`",
        "contracts/schemas/payments.fee.waived.v1.json: is out of date; run `python -m contracts generate`",
        "contracts/asyncapi.json: is out of date; run `python -m contracts generate`",
        "contracts/schemas/payments.fee.doubled.v1.json: belongs to no event; run `python -m contracts generate`",
    ]
    names = ["asyncapi.json", "schemas/payments.fee.doubled.v1.json", PAID, "schemas/payments.fee.waived.v1.json"]
    assert run(capsys, folder, "generate") == (0, names)
    assert run(capsys, folder, "generate") == (0, ["all up to date"])
    assert run(capsys, folder, "check")[0] == 0


def test_examples_that_are_missing_or_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = folder / "examples"
    (examples / "payments.fee.paid.v1" / "minimal.json").unlink()
    (examples / "payments.fee.waived.v1" / "full.json").write_text("{}")
    spoilt = (
        (examples / "payments.fee.disputed.v1" / "full.json")
        .read_text()
        .replace('"amount_minor": 6000', '"amount_minor": "?"')
    )
    (examples / "payments.fee.disputed.v1" / "full.json").write_text(spoilt)
    shutil.copy(examples / "review.case.opened.v1" / "full.json", examples / "review.case.decided.v1" / "other.json")
    code, lines = run(capsys, folder, "check")
    assert code == 1
    assert lines[:-2] == [
        "contracts/examples/payments.fee.paid.v1/minimal.json: is missing; write it: a whole record, see the others",
        "contracts/examples/payments.fee.disputed.v1/full.json: cannot be read: does not fit payments.fee.disputed.v1: "
        "data.amount.amount_minor: Input should be a valid integer, unable to parse"
        " string as an integer; correct the example",
        "contracts/examples/payments.fee.waived.v1/full.json: topic: is not a record"
        " (Field required); correct the example",
        "contracts/examples/review.case.decided.v1/other.json: is a"
        " review.case.opened.v1; move it to the folder of its type",
    ]


def test_a_release_keeps_schemas_topics_and_examples(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = history.in_folder(folder)
    code, lines = run(capsys, folder, "release", "0.1.0")
    assert (code, lines[-1]) == (0, f"released 0.1.0: {len(before)} files")
    after = history.in_folder(folder)
    assert {
        name.removeprefix("released/0.1.0/"): content for name, content in after.items() if name.startswith("released/")
    } == before
    assert run(capsys, folder, "check")[1][0] == "compared with release 0.1.0"


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.1", "next"])
def test_a_release_comes_after_the_others(folder: Path, capsys: pytest.CaptureFixture[str], version: str) -> None:
    release(folder, "0.1.0")
    before = history.in_folder(folder)
    assert run(capsys, folder, "release", version)[0] == 1
    assert history.in_folder(folder) == before


def test_releases_are_ordered_by_number(folder: Path) -> None:
    for version in ("0.9.0", "0.10.0"):
        release(folder, version)
    assert check.releases(history.in_folder(folder)) == ["0.9.0", "0.10.0"]


def test_nothing_is_released_that_is_not_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / PAID).unlink()
    assert run(capsys, folder, "release", "0.1.0")[0] == 1
    assert check.releases(history.in_folder(folder)) == []


def test_what_any_release_had_may_not_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tip, fresh = with_tip(folder), (folder / PAID).read_bytes()
    write(folder, PAID, tip)
    gone = json.loads((folder / "asyncapi.json").read_text())
    gone["channels"]["old.topic"] = gone["channels"]["intake.links"]
    system = (folder / "asyncapi.json").read_bytes()
    write(folder, "asyncapi.json", json.dumps(gone).encode())
    release(folder, "0.1.0")
    write(folder, PAID, fresh)
    write(folder, "asyncapi.json", system)
    release(folder, "0.2.0")
    unreadable = folder / "released/0.2.0/examples/payments.fee.paid.v1/full.json"
    unreadable.write_text(unreadable.read_text().replace('"amount_minor"', '"cents"'))
    code, lines = run(capsys, folder, "check")
    assert code == 1
    assert lines[:-3] == [
        "contracts/released/0.2.0/examples/payments.fee.paid.v1/full.json: cannot be"
        " read: does not fit payments.fee.paid.v1: "
        "data.amount.amount_minor: Field required; keep it readable: contracts only grow",
        "old.topic: the topic is gone; keep it: its records may not have been read by all",
        NO_TIP,
    ]
    assert lines[-3:-1] == ["compared with release 0.1.0", "compared with release 0.2.0"]


def test_a_branch_is_compared_with_where_it_left_main(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fresh = (folder / PAID).read_bytes()
    write(folder, PAID, with_tip(folder))
    left = commit(folder)
    git(folder, "checkout", "-q", "-b", "topic")
    write(folder, PAID, fresh)
    commit(folder)
    assert run(capsys, folder, "check") == (
        1,
        [NO_TIP, "no release yet to compare with", f"compared with revision {left}"],
    )
    assert run(capsys, folder, "check", "--base", "main")[0] == 1
    git(folder, "checkout", "-q", "main")
    write(folder, PAID, fresh)
    write(folder, "schemas/payments.fee.later.v1.json", fresh.replace(b"fee.paid", b"fee.later"))
    commit(folder)
    git(folder, "checkout", "-q", "topic")
    assert run(capsys, folder, "check", "--base", "topic~1")[1][-1] == f"compared with revision {left}"
    assert run(capsys, folder, "check")[1] == [
        NO_TIP,
        "no release yet to compare with",
        f"compared with revision {left}",
    ]


def test_a_clone_without_main_is_compared_with_its_origin(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = git(folder, "rev-parse", "HEAD")[:12]
    git(tmp_path, "clone", "-q", str(folder.parent), "clone")
    clone = tmp_path / "clone" / "contracts"
    git(clone, "checkout", "-q", "-b", "topic")
    git(clone, "branch", "-q", "-D", "main")
    commit(clone)
    assert run(capsys, clone, "check") == (0, ["no release yet to compare with", f"compared with revision {left}"])


def test_main_is_compared_with_its_parent(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fresh = (folder / PAID).read_bytes()
    write(folder, PAID, with_tip(folder))
    parent = commit(folder)
    write(folder, PAID, fresh)
    commit(folder)
    assert run(capsys, folder, "check") == (
        1,
        [NO_TIP, "no release yet to compare with", f"compared with revision {parent}"],
    )


def test_what_was_released_on_the_base_stays_as_it_was(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release(folder, "0.1.0")
    commit(folder)
    git(folder, "checkout", "-q", "-b", "topic")
    (folder / "released/0.1.0/examples/payments.fee.paid.v1/full.json").unlink()
    write(folder, f"released/0.1.0/{PAID}", (folder / PAID).read_bytes() + b"\n")
    commit(folder)
    code, lines = run(capsys, folder, "check")
    assert code == 1
    assert lines[:-2] == [
        "contracts/released/0.1.0/examples/payments.fee.paid.v1/full.json: was released and is gone; restore it",
        f"contracts/released/0.1.0/{PAID}: was released and has changed; restore it",
    ]


def test_a_base_that_is_asked_for_must_be_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = run(capsys, folder, "check", "--base", "nowhere")
    assert code == 1
    reason = "there is no revision 'nowhere' that this branch comes from"
    assert lines == [
        f"--base nowhere: {reason}; name a revision that is here",
        "no release yet to compare with",
        f"not compared with nowhere: {reason}",
    ]


def test_a_base_without_contracts_and_a_folder_without_git(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(folder, "checkout", "-q", "--orphan", "empty")
    git(folder, "rm", "-q", "-r", "--cached", ".")
    (folder.parent / "README").write_text("x")
    git(folder, "add", "../README")
    git(folder, "commit", "-q", "-m", "x")
    commit(folder)
    assert run(capsys, folder, "check", "--base", "empty~1")[0] == 0
    bare = tmp_path / "unpacked" / "contracts"
    shutil.copytree(folder, bare)
    code, lines = run(capsys, bare, "check")
    assert code == 0
    assert lines[-1].startswith("not compared with main: fatal: not a git repository")
