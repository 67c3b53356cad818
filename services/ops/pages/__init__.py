"""HTTP in: the console's pages. Everything here needs the role operator."""
