"""Files of the state: written whole or not at all, for their owner only; who finds one damaged is told in a
sentence."""

import contextlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

OTHERS = 0o077
"""The permissions of everybody but the owner."""

RESET = "or start anew without the stack's data: `make reset`"


class StateDamaged(Exception):
    """A file of the state is lost, cut short, of another shape or unreadable; the message names it and the remedy."""


def damaged(path: Path, what: str, remedy: str = f"Restore it from a copy, {RESET}") -> StateDamaged:
    """The error for a file that `what` is wrong with."""
    return StateDamaged(f"{path} {what}. {remedy}.")


def write_whole(path: Path, text: str, mode: int = 0o600, owner: int | None = None, group: int | None = None) -> None:
    """Replaces the file in one step: nobody finds half of it, and nobody whom `mode` leaves out can read it, not even
    for a moment."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if owner is not None:
        os.chown(draft, owner, owner if group is None else group)
    draft.chmod(mode)
    draft.replace(path)


def read(path: Path, remedy: str = f"Restore it from a copy, {RESET}") -> str:
    """The text of a file. Raises FileNotFoundError, and StateDamaged when it cannot be read, is empty or is no text."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise damaged(path, f"cannot be read ({error.strerror})", remedy) from None
    except UnicodeDecodeError:
        raise damaged(path, "is damaged: it holds no text", remedy) from None
    if not text.strip():
        raise damaged(path, "is empty", remedy)
    return text


def read_words(path: Path, names: Collection[str], remedy: str = f"Restore it from a copy, {RESET}") -> dict[str, str]:
    """A JSON object with a text for each of these names, and perhaps more. Raises as `read` does."""
    try:
        found = json.loads(read(path, remedy))
    except (ValueError, RecursionError):
        raise damaged(path, "is damaged: it is not whole JSON", remedy) from None
    if not isinstance(found, dict) or not all(isinstance(word, str) and word for word in found.values()):
        raise damaged(path, "is damaged: it is not one JSON object of names and texts", remedy)
    if missing := [name for name in names if name not in found]:
        raise damaged(path, f"is damaged: it has nothing for {', '.join(missing)}", remedy)
    return found


@contextlib.contextmanager
def for_the_owner_only() -> Iterator[None]:
    """What this process makes meanwhile is its owner's only, whatever the caller's umask."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(folder: Path, passages: Collection[Path] = (), apart: Collection[Path] = ()) -> None:
    """Takes all permissions of others from the folder and what is in it; links are left alone, and the folders `apart`
    with all in them.

    Through the folders `passages` everybody may go on, without seeing what is in them. What vanishes meanwhile is no
    error.
    """
    wanted = 0o711 if folder in passages else 0o700
    _set_mode(folder, wanted, folder.stat().st_mode)
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            with contextlib.suppress(FileNotFoundError):
                if entry.is_symlink() or path in apart:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    close_to_others(path, passages, apart)
                else:
                    mode = entry.stat(follow_symlinks=False).st_mode
                    _set_mode(path, mode & 0o700, mode)


def _set_mode(path: Path, wanted: int, found: int) -> None:
    if found & 0o7777 != wanted:
        path.chmod(wanted)
