"""The typed models of what payments shows, for its API and its pages."""
