"""Responses: pages, data for programs, pictures, and errors in the form that was asked for."""

from __future__ import annotations

import json
import re
from typing import Final, Literal

from starlette.responses import RedirectResponse, Response

from influence.pages.render import content_security_policy
from influence.web.problems import Problem
from influence.web.site import Site

__all__ = ["data", "moved", "page", "picture", "problem_response"]

CLOSED: Final = "default-src 'none'; frame-ancestors 'none'"
DRAWN: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def page(html: str, status: int = 200) -> Response:
    """Return a page."""
    policy = content_security_policy(forms=True, header=True)
    return Response(html, status, {"Content-Security-Policy": policy}, "text/html; charset=utf-8")


def data(content: bytes, format: Literal["csv", "json"], name: str, status: int = 200) -> Response:
    """Return data: CSV is saved by browsers, JSON shown.

    Args:
        content: The bytes.
        format: csv or json.
        name: Name of the file without its ending; a name from a saved file, never a value.
        status: Status of the response.
    """
    headers = {"Content-Security-Policy": CLOSED}
    if format == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^a-z0-9-]", "-", name)}.csv"'
    return Response(content, status, headers, TYPES[format])


def picture(svg: bytes) -> Response:
    """Return a drawing."""
    return Response(svg, 200, {"Content-Security-Policy": DRAWN}, "image/svg+xml")


def moved(address: str) -> Response:
    """Return a pointer to another page of the site."""
    return RedirectResponse(address, 303)


def problem_response(site: Site, problem: Problem, path: str, *, as_json: bool = False) -> Response:
    """Return an error: a page, or JSON where JSON was asked for.

    Args:
        site: The site.
        problem: What is told.
        path: Template of the path that was asked for; the closest name is linked within its folder.
        as_json: Whether JSON was asked for.
    """
    if as_json:
        error = {"code": problem.code, "message": problem.words, "hint": problem.hint or None}
        body = {"ok": False, "error": {**error, "retryable": problem.retry > 0}}
        response = data(json.dumps(body, ensure_ascii=False).encode() + b"\n", "json", "error", problem.status)
    else:
        folder = "/segments" if path.startswith("/segments") else "/reports"
        near = f"{folder}/{problem.closest}" if problem.closest else ""
        html = site.page("problem.html", heading=problem.heading, problem=problem, near=near)
        response = page(html, problem.status)
    if problem.retry:
        response.headers["Retry-After"] = str(problem.retry)
    return response
