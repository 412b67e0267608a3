"""Network operating systems: what one types on each, and how its answers are read."""
