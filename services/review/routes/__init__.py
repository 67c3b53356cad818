"""HTTP in: the JSON API."""
