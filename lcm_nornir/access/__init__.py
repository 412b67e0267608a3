"""Who may do what: users, passwords, tokens, roles. Knows nothing of HTTP."""

from lcm_nornir.access.access import Access, Caller, Issued
from lcm_nornir.access.attempts import Attempts
from lcm_nornir.access.roles import Role

__all__ = ["Access", "Attempts", "Caller", "Issued", "Role"]
