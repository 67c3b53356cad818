"""All SQL of `intake`, by what it is about."""
