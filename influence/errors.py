"""Everything that can go wrong, and the exit code it means.

The tree is a public API: codes and exits do not change without a breaking release::

    InfluenceError                                                              exit
    ├── UsageProblem            bad option, unknown report, bad parameter          2
    ├── ConfigError             missing or contradictory setting                   2
    ├── LibraryError            a saved file is invalid (lists all findings)       2
    ├── ServerUnavailable       cannot connect, timed out, lost; worth retrying    3
    │   └── AuthFailed          wrong credentials; retryable = False               3
    ├── ServerUnsuitable        no GDS, version too old, missing schema or measure,
    │                           wrong Java, artefact checksum differs              4
    ├── DataRejected            rows over the reject limit, contract broken,
    │                           export refused (consent, audience too small)       5
    ├── AlreadyRunning          another run holds the lock; scheduler: skip        6
    ├── CheckFailed             a data check returned rows                         1
    ├── ComputeFailed           a computation was refused or aborted               1
    ├── QueryFailed             a query was refused or aborted                     1
    └── LeaseLost               the lease ran out; another run may have taken over 1

Success is 0, an unexpected bug 70, a job over its time limit 124, SIGINT 130 and SIGTERM 143.

`retryable` says whether the same command can succeed at another try without anybody doing anything. It knows more than
the exit code: `LeaseLost` is retryable and `AuthFailed` is not; `docs/job.md` says what a scheduler makes of it.
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "AlreadyRunning",
    "AuthFailed",
    "CheckFailed",
    "ComputeFailed",
    "ConfigError",
    "DataRejected",
    "InfluenceError",
    "LeaseLost",
    "LibraryError",
    "QueryFailed",
    "ServerUnavailable",
    "ServerUnsuitable",
    "UsageProblem",
]


class InfluenceError(Exception):
    """Base of every error that `influence` raises on purpose.

    Args:
        message: What failed, names in back-ticks, lower case, no full stop.
        code: Stable slug such as `report-not-found`; part of the public API.
        hint: The way out, with a command to paste where there is one.
        details: Evidence (file, line, column, rule, counts); never a personal value.
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "failed"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        """Return the error as the `error` object of a JSON answer."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "retryable": self.retryable,
            "details": self.details,
        }


class UsageProblem(InfluenceError):
    """A bad option, an unknown name or a bad parameter."""

    exit_code = 2
    default_code = "usage"


class ConfigError(InfluenceError):
    """A missing or contradictory setting."""

    exit_code = 2
    default_code = "config"


class LibraryError(InfluenceError):
    """Saved files are invalid; `details["findings"]` lists all of them."""

    exit_code = 2
    default_code = "library-invalid"


class ServerUnavailable(InfluenceError):
    """The server cannot be reached, did not answer in time or was lost."""

    exit_code = 3
    default_code = "server-unavailable"
    retryable = True


class AuthFailed(ServerUnavailable):
    """The server refused the credentials."""

    default_code = "auth-failed"
    retryable = False


class ServerUnsuitable(InfluenceError):
    """The server works but cannot serve: no GDS, too old, schema or measure missing, artefact differs."""

    exit_code = 4
    default_code = "server-unsuitable"


class DataRejected(InfluenceError):
    """Input data broke its contract, or an export was refused."""

    exit_code = 5
    default_code = "data-rejected"


class AlreadyRunning(InfluenceError):
    """Another load or compute holds the lock."""

    exit_code = 6
    default_code = "already-running"
    retryable = True


class CheckFailed(InfluenceError):
    """A data check returned rows."""

    default_code = "check-failed"


class ComputeFailed(InfluenceError):
    """A computation was refused or aborted."""

    default_code = "compute-failed"


class QueryFailed(InfluenceError):
    """A query was refused or aborted."""

    default_code = "query-failed"


class LeaseLost(InfluenceError):
    """The lease of a running load or compute ran out."""

    default_code = "lease-lost"
    retryable = True
