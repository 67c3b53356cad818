"""All SQL of `ops`."""
