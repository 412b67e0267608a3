"""When, how many at once, and when to stop: Nornir runners."""
