"""The rules of badging: pure functions, by behaviour."""
