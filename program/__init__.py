"""The program as data: credentials and policy as versioned YAML, and the loader that refuses what is not right."""
