"""Jobs of a store: going on with them, trying again, cancelling; and the jobs of the API, from draft to end."""

from lcm_nornir.jobs.control import cancel_job
from lcm_nornir.jobs.resume import is_unfinished, resume_job, retry_job

__all__ = ["cancel_job", "is_unfinished", "resume_job", "retry_job"]
