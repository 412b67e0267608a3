"""The journal: what was intended, what happened, who works on what, and what survives a crash."""
