"""The base of the pages of all services. Nothing in here knows a service: services use `web`, and `web` uses the
chassis."""
