"""The LCM API over HTTP (extra ``api``)."""

from lcm_nornir.api.app import Settings, create_app
from lcm_nornir.api.client import Client, JobSeen, Rejected

__all__ = ["Client", "JobSeen", "Rejected", "Settings", "create_app"]
