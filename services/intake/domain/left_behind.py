"""What a move of an application to another version of its credential leaves behind. It is kept under a key that no
requirement has, so it does not count, and is there again when the move is undone."""

LEFT = "~"
"""Begins such a key: `~1~essay` is what was handed in, or asked for, for the essay of version 1."""


def prefix(version: int) -> str:
    """What stands before the keys of what was left behind on leaving this version."""
    return f"{LEFT}{version}{LEFT}"


def is_left(key: str) -> bool:
    """Whether it is the key of something that was left behind."""
    return key.startswith(LEFT)


def former(key: str) -> tuple[int, str]:
    """The version that something was left behind on leaving, and its key there. Only for what `is_left`."""
    _, version, former_key = key.split(LEFT, 2)
    return int(version), former_key
