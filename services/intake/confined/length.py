"""Runs in a process of its own, on a file that somebody sent. Prints its length in milliseconds, or nothing if it
cannot be read.

The process has limits of memory and time. Harm that the file does to the parser ends with the process.
"""

import os
import resource
import sys

MOST_MEMORY_BYTES = 512 * 1024 * 1024
MOST_SECONDS = 20


def main(path: str) -> None:
    """The longest track of the file, by MediaInfo."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    from pymediainfo import MediaInfo

    lengths = [track.duration for track in MediaInfo.parse(path, parse_speed=0.0).tracks if track.track_type == "Video"]
    known = [float(length) for length in lengths if length]
    if known:
        sys.stdout.write(f"{max(known):.0f}")


if __name__ == "__main__":
    main(sys.argv[1])
