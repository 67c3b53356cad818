"""What the pages of at least two services stand on. Nothing in here knows a service; services stand on it, it stands on
the chassis."""
