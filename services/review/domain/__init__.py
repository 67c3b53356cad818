"""The rules of reviewing: pure functions, by behaviour."""
