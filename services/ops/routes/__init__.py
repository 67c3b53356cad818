"""The JSON API. Everything here needs the role operator."""
