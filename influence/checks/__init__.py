"""Data checks: saved questions whose answer should be empty."""

from influence.checks.engine import CheckResult, require_sound, run_checks

__all__ = ["CheckResult", "require_sound", "run_checks"]
