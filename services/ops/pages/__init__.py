"""The console's pages. All of them need the role operator."""
