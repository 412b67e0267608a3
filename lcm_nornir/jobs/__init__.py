"""Jobs of a store: going on with them, trying again, cancelling."""

from lcm_nornir.jobs.control import cancel_job
from lcm_nornir.jobs.resume import is_unfinished, resume_job, retry_job

__all__ = ["cancel_job", "is_unfinished", "resume_job", "retry_job"]
