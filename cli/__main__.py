"""Where the command `microcred` begins: `python -m cli` is the same.

What comes first is small. A second goes by until all is imported, and meanwhile nobody else may begin to work on the
stack, and Ctrl-C is told in a sentence already.
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
"""The commands that one at a time may work on a stack."""

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
        if ended.code == INTERRUPTED:  # so typer translates a KeyboardInterrupt
            _leave(command)
        raise
    finally:
        _ignore_interruptions()  # what was to be done is done
        if hold is not None:
            hold.release()


def _hold(command: str) -> Hold | None:
    """What `command` has to have before it looks at anything; ends the process when another has it."""
    try:
        return take(state_folder(), command) if command in WORKING and "--help" not in sys.argv else None
    except AtWork as busy:
        _tell(f"✗ {busy}")
    except OSError as error:
        _tell(
            f"✗ The state folder cannot be used: {error.filename}: {error.strerror}. MICROCRED_STATE names another one."
        )
    finally:
        # The lock with which the installation began: it is let go when that of the stack is taken.
        if (descriptor := os.environ.pop(INHERITED, "")).isdecimal():
            with contextlib.suppress(OSError):
                os.close(int(descriptor))
    sys.exit(1)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _leave(command: str) -> None:
    """Ends the process at once: threads that wait for a network would keep it."""
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
