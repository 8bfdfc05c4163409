"""Errors in plain words: what a visitor is told, with which status, and what only the log says.

Messages of the database may hold values of rows, and addresses of servers are nobody's business: neither is shown.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from influence.errors import (
    AlreadyRunning,
    DataRejected,
    InfluenceError,
    LibraryError,
    QueryFailed,
    ServerUnavailable,
    ServerUnsuitable,
    UsageProblem,
)
from influence.web.limits import Busy, Late

__all__ = ["BadAddress", "Problem", "problem_of"]

logger = logging.getLogger(__name__)

SOON: Final = 5
"""Seconds after which it is worth trying again when the site is busy or the database away."""


@dataclass(frozen=True)
class Problem:
    """What a visitor is told.

    Attributes:
        status: Status of the response.
        code: Stable slug.
        heading: What it is.
        words: What it means.
        hint: The way out, or empty.
        retry: Seconds after which to try again, or 0.
        closest: Name that may have been meant, or empty.
    """

    status: int
    code: str
    heading: str
    words: str
    hint: str = ""
    retry: int = 0
    closest: str = ""


class BadAddress(Exception):
    """The address cannot be read; says why."""


def problem_of(error: Exception) -> Problem:
    """Return what is told of an error; those that nobody caused by asking are logged."""
    match error:
        case BadAddress():
            return Problem(400, "bad-address", "This address cannot be read", f"{error}.")
        case Busy():
            words = "All places for questions are taken at the moment."
            return Problem(503, "busy", "Too many questions at once", words, "Try again in a few seconds.", SOON)
        case Late():
            words = "The answer took longer than this site waits for one."
            return Problem(503, "too-late", "This takes too long", words, "Ask for less, or try again later.", SOON)
        case UsageProblem() if error.code.endswith("-not-found"):
            kind = error.code.removesuffix("-not-found")
            near = str(error.details.get("closest") or "")
            return Problem(404, error.code, f"There is no such {kind}", sentence(error.message), closest=near)
        case UsageProblem(code="no-run"):
            return nothing_computed()
        case UsageProblem():
            return Problem(400, error.code, "This cannot be asked", sentence(error.message))
        case DataRejected():
            return Problem(403, error.code, "This is not handed out", sentence(error.message))
        case ServerUnavailable():
            logger.warning("the database is away", extra={"code": error.code})
            words = "The database does not answer at the moment. Nothing is lost."
            return Problem(503, error.code, "The database is away", words, "Try again in a few seconds.", SOON)
        case ServerUnsuitable(code="no-run"):
            return nothing_computed()
        case ServerUnsuitable():
            words = sentence(error.message)
            hint = "A new computation adds it: `influence compute run`." if error.code == "measure-missing" else ""
            return Problem(503, error.code, "There is no answer to this yet", words, hint)
        case QueryFailed(code="query-timeout"):
            words = "The question ran into its time limit and was stopped."
            return Problem(503, error.code, "This takes too long", words, "Ask for less: a smaller limit.", SOON)
        case LibraryError():
            logger.error("%s", error.message, extra={"code": error.code})
            words = "The saved file behind this page is not valid; `influence library lint` says why."
            return Problem(500, error.code, "This page is broken", words)
        case AlreadyRunning():
            words = sentence(error.message)
            return Problem(503, error.code, "This is not handed out just now", words, "Try again in a minute.", SOON)
        case InfluenceError():
            logger.error("a question failed", extra={"code": error.code})
            return Problem(500, error.code, "The question failed", "The database refused it or could not finish it.")
    logger.error("unexpected %s", type(error).__name__)
    logger.debug("where", exc_info=error)
    return Problem(500, "unexpected", "Something went wrong", "This is a fault of the site, not of your question.")


def nothing_computed() -> Problem:
    """Return what is told before the first run."""
    return Problem(
        503,
        "no-run",
        "Nothing has been computed yet",
        "The answers come from scores, and there are none.",
        "Whoever looks after this site computes them with `influence compute run`.",
    )


def sentence(text: str) -> str:
    """Return a message of a command as a sentence of a page."""
    plain = text.replace("`", "\N{QUOTATION MARK}")
    return f"{plain[:1].upper()}{plain[1:]}."
