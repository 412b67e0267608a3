"""Who sees what happens: Nornir processors."""
