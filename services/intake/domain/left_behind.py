"""Things that a move of an application to another version leaves behind. They are kept under a key that no requirement
has. So they do not count, and they come back when the move is undone."""

LEFT = "~"
"""The beginning of such a key: `~1~essay` is what was handed in, or asked for, for the essay of version 1."""


def prefix(version: int) -> str:
    """The beginning of the keys of everything that was left behind on leaving this version."""
    return f"{LEFT}{version}{LEFT}"


def is_left(key: str) -> bool:
    """Whether the key is of something that was left behind."""
    return key.startswith(LEFT)


def former(key: str) -> tuple[int, str]:
    """The version on leaving which something was left behind, and its key there. Only for keys that `is_left`
    accepts."""
    _, version, former_key = key.split(LEFT, 2)
    return int(version), former_key
