"""Amounts of bytes as people say them."""

_STEPS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def said(number_of_bytes: int) -> str:
    """`26.2 MB`, in powers of a thousand, as pages show the sizes of files."""
    for unit_bytes, unit in _STEPS:
        if number_of_bytes >= unit_bytes:
            return f"{round(number_of_bytes / unit_bytes, 1):g} {unit}"
    return f"{number_of_bytes} bytes"
