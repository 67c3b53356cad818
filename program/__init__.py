"""The program as data: credentials and the policy as versioned YAML, and the loader, which refuses faults."""
