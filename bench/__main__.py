"""`make bench`: all benchmarks, one after the other, or with `ARGS="relay hop"` only these. Options are passed on:
`ARGS="--runs 2"`."""

import subprocess
import sys

ALL = ("relay", "consume", "hop", "journeys", "up")


def main() -> None:
    """Run each in a process of its own."""
    given = sys.argv[1:]
    first = next((n for n, word in enumerate(given) if word.startswith("-")), len(given))
    wanted, options = given[:first] or list(ALL), given[first:]
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        raise SystemExit(f"unknown benchmarks {unknown}; there are: {', '.join(ALL)}")
    for name in wanted:
        sys.stdout.write(f"\n{name}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=True)


if __name__ == "__main__":
    main()
