"""The typed models of what badging shows, for its API and its pages."""
