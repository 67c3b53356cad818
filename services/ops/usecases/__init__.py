"""What the console does: keep records and dead letters, tell a journey, and pass requests of operators on to
consumers."""
