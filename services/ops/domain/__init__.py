"""The rules of the console: what a record tells, in which order a journey is told, what dead letters may become, what
lag is. Pure."""
