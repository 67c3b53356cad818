"""All SQL of `intake`, by subject."""
