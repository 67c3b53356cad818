"""The start of the command `microcred`; `python -m cli` is the same.

It imports little at first. The full import takes a second. During that second nobody else may begin to work on the
stack, and Ctrl-C must already end in a sentence.
"""

import contextlib
import os
import signal
import sys
from types import FrameType

from devstack.hold import AtWork, Hold, take
from devstack.install import INHERITED
from devstack.paths import state_folder

WORKING = ("up", "down", "reset")
"""The commands of which only one at a time may work on a stack."""

GOES_ON = {
    "up": "`make up` goes on from here.",
    "down": "`make down` stops what still runs.",
    "reset": "`make reset` removes what is left.",
}
INTERRUPTED = 130


def main() -> None:
    """The command."""
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: _leave(command))
    hold = _hold(command)
    from cli.main import app

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        app(obj=hold)
    except KeyboardInterrupt:
        _leave(command)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer turns a KeyboardInterrupt into this code
            _leave(command)
        raise
    finally:
        _ignore_interruptions()  # the command has done its work
        if hold is not None:
            hold.release()


def _hold(command: str) -> Hold | None:
    """Take the lock that `command` needs before it does anything. Ends the process if another command has it."""
    try:
        return take(state_folder(), command) if command in WORKING and "--help" not in sys.argv else None
    except AtWork as busy:
        _tell(f"✗ {busy}")
    except OSError as error:
        _tell(
            f"✗ The state folder cannot be used: {error.filename}: {error.strerror}. MICROCRED_STATE names another one."
        )
    finally:
        # The installation's lock, which is released once the stack's lock is taken.
        if (descriptor := os.environ.pop(INHERITED, "")).isdecimal():
            with contextlib.suppress(OSError):
                os.close(int(descriptor))
    sys.exit(1)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _leave(command: str) -> None:
    """End the process at once. Threads that wait for the network would keep it alive."""
    _ignore_interruptions()
    sys.stdout.flush()
    _tell(f"Interrupted{'; ' + GOES_ON[command] if command in GOES_ON else '.'}")
    os._exit(INTERRUPTED)


def _ignore_interruptions() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _tell(sentence: str) -> None:
    with contextlib.suppress(OSError):
        os.write(1, f"{sentence}\n".encode())


if __name__ == "__main__":
    main()
