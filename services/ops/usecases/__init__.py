"""What the console does: keep records and dead letters, tell a journey, ask consumers for what an operator wants."""
