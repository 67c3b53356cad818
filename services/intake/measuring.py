"""The length of a video, measured by MediaInfo in a process of its own with limits of time and memory."""

import asyncio
import sys
import tempfile
from pathlib import Path

import structlog

from chassis.objects import ObjectStore
from services.intake.uploads import Upload

log = structlog.get_logger(__name__)

CHILD = Path(__file__).parent / "confined" / "length.py"
PATIENCE_SECONDS = 40.0
AT_ONCE = 2


class Measurer:
    """Measures a few files at once."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def minutes(self, upload: Upload) -> float | None:
        """The length of a complete video; None if it cannot be read. Raises StoreFailed, Gone."""
        async with self._turns:
            with tempfile.TemporaryDirectory(prefix="video-") as folder:
                file = Path(folder) / "video"
                await self._copy(upload, file)
                milliseconds = await run(str(CHILD), str(file))
        try:
            found = float(milliseconds.decode("ascii", "replace")) / 60_000
        except ValueError:
            return None
        return found if found > 0 else None

    async def _copy(self, upload: Upload, file: Path) -> None:
        if upload.data is not None:
            await asyncio.to_thread(file.write_bytes, upload.data)
            return
        assert upload.stored is not None, "what is not here is stored"
        with file.open("wb") as copy:
            async for piece in await self._objects.stream(upload.stored):
                await asyncio.to_thread(copy.write, piece)


async def run(*arguments: str) -> bytes:
    """The output of a program of `confined`; empty if it fails or takes too long."""
    # Isolated mode: the program gets nothing of this process's environment, and no folder of ours on its path.
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-B", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            said, _ = await child.communicate()
    except TimeoutError:
        said = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        log.info("a file could not be looked into", program=Path(arguments[0]).name, returned=child.returncode)
    return said
