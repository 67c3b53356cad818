"""The rules of mailing: pure functions, by behaviour."""
