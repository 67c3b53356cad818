"""`make bench`: all benchmarks, one after the other; `ARGS="relay hop"` only those."""

import subprocess
import sys

ALL = ("relay", "consume", "hop", "journeys", "up")


def main() -> None:
    """Run each in a process of its own."""
    wanted = sys.argv[1:] or list(ALL)
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        raise SystemExit(f"unknown benchmarks {unknown}; there are: {', '.join(ALL)}")
    for name in wanted:
        sys.stdout.write(f"\n{name}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)


if __name__ == "__main__":
    main()
