"""The scheduled entry: one plan, one lock, one summary."""

from influence.job.plan import Plan, check_plan, init_plan, read_plan
from influence.job.run import run_job
from influence.job.summary import Summary

__all__ = ["Plan", "Summary", "check_plan", "init_plan", "read_plan", "run_job"]
