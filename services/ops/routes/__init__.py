"""HTTP in: the JSON API. Everything here needs the role operator."""
