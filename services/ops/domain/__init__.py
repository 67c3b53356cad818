"""The rules of the console: the content of records, the order of a journey, the states of dead letters, and lag.
Pure."""
