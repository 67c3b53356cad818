"""Files of the state. They are written whole or not at all, and only their owner may read them. A damaged one is
reported in a sentence."""

import contextlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

OTHERS = 0o077
"""The permissions of all others than the owner."""

RESET = "or start anew without the stack's data: `make reset`"


class StateDamaged(Exception):
    """A file of the state is lost, cut short, malformed or unreadable. The message names it and the remedy."""


def damaged(path: Path, what: str, remedy: str = f"Restore it from a copy, {RESET}") -> StateDamaged:
    """The error about a file; `what` says what is wrong with it."""
    return StateDamaged(f"{path} {what}. {remedy}.")


def write_whole(path: Path, text: str, mode: int = 0o600, owner: int | None = None, group: int | None = None) -> None:
    """Replace the file in one step. Nobody can find half of it, and at no moment can it be read against `mode`."""
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
    """The text of a file. Raises FileNotFoundError, and StateDamaged if it cannot be read, is empty or is not text."""
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
    """A JSON object with a text for each of these names, and perhaps for more. Raises what `read` raises."""
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
    """Files made inside can be used only by their owner, whatever the caller's umask is."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(folder: Path, passages: Collection[Path] = (), apart: Collection[Path] = ()) -> None:
    """Take all permissions of others from the folder and everything in it, apart from links and the folders `apart`.

    Everybody may pass through the folders `passages` without seeing what is in them. A file that vanishes meanwhile is
    not an error.
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
