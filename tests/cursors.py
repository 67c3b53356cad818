"""Texts that are not cursors of a list sorted by a time and an id."""

HEX = "0198c7a24c437bb0a3a53c5b2a1f9d10"

NO_PLACES = (
    "",
    "x",
    "é",
    "1",
    "1.",
    f".{HEX}",
    f"-1.{HEX}",
    f"1e9.{HEX}",
    f"١.{HEX}",
    f"{'9' * 17}.{HEX}",
    f"1.{HEX[:-1]}",
    f"1.{HEX.upper()}",
    f"1.{HEX}\n",
    "1.0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10",
    "2026-01-01T00:00:00Z.0198c7a24c437bb0a3a53c5b2a1f9d10",
    "WyIyMDI1LTAxLTAxIiwieCJd",
)
