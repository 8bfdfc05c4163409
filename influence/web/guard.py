"""What every request passes before a page sees it, and every response before it leaves.

The site has no login and answers on a local address, so any page of the web that a visitor has open could talk to it.
Against that: only the site's own names are accepted (a foreign name that was pointed at this machine is refused), only
reading methods exist, and pages of other sites may link here but load nothing from here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from influence.web.answers import problem_response
from influence.web.problems import BadAddress, Problem, problem_of
from influence.web.site import Site

__all__ = ["Guard", "sent"]

logger = logging.getLogger(__name__)

LONGEST: Final = 4096
"""Bytes that an address may have."""
MOST_FIELDS: Final = 50
"""Parameters that an address may have."""
HEADERS: Final[Mapping[bytes, bytes]] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cache-control": b"no-store",
}
"""On every response. Nothing is stored: nearly every page names customers."""


class Guard:
    """The outermost layer of the site.

    Args:
        app: What is inside.
        site: The site.
        templates: Template of the path by name of the endpoint, for the log.
    """

    def __init__(self, app: ASGIApp, site: Site, templates: Mapping[object, str]) -> None:
        self.app = app
        self.site = site
        self.templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def passed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [pair for pair in message["headers"] if pair[0].lower() not in HEADERS]
                message = {**message, "headers": [*headers, *HEADERS.items()]}
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            if (refusal := self.refusal(scope)) is not None:
                await refusal(scope, receive, passed)
            else:
                await self.app(scope, receive, passed)
        finally:
            route = self.templates.get(scope.get("endpoint"), "-")
            milliseconds = round((time.monotonic() - began) * 1000)
            logger.info(
                "%s %s %d %d ms",
                scope["method"] if scope["method"] in ("GET", "HEAD") else "other",
                route,
                status,
                milliseconds,
                extra={"route": route, "http_status": status, "duration_ms": milliseconds},
            )

    def refusal(self, scope: Scope) -> Response | None:
        """Return the response to a request that no page should see."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        called = headers.get(b"host", [])
        if len(called) != 1 or host_name(called[0].decode("latin-1")) not in self.site.options.hosts:
            words = "This site is not called by that name here. Whoever runs it allows names with --allowed-host."
            return self.refused(Problem(421, "wrong-host", "Wrong name", words))
        if scope["method"] not in ("GET", "HEAD"):
            words = "This site can be read and nothing else."
            response = self.refused(Problem(405, "method-not-allowed", "Only reading", words))
            response.headers["Allow"] = "GET, HEAD"
            return response
        origin = headers.get(b"sec-fetch-site", [b""])[0]
        if origin == b"cross-site" and headers.get(b"sec-fetch-mode", [b""])[0] != b"navigate":
            words = "Pages of other sites may link here, but load nothing from here."
            return self.refused(Problem(403, "cross-site", "Not for other sites", words))
        raw = scope.get("raw_path") or scope["path"].encode()
        if len(raw) + len(scope["query_string"]) > LONGEST:
            words = f"An address may have {LONGEST:,} characters."
            return self.refused(Problem(414, "address-too-long", "This address is too long", words))
        try:
            path = unquote_to_bytes(raw).decode("utf-8", "strict")
            if "\0" in path:
                raise BadAddress("It holds characters that no address has")
            sent(scope)
        except UnicodeDecodeError:
            return self.refused(problem_of(BadAddress("It is not valid UTF-8")))
        except BadAddress as error:
            return self.refused(problem_of(error))
        return None

    def refused(self, problem: Problem) -> Response:
        """Return a refusal as a page."""
        return problem_response(self.site, problem, "")


def host_name(header: str) -> str:
    """Return the name in a `Host` header without its port, in small letters."""
    name, colon, port = header.rpartition(":")
    if colon and port.isdigit() and (not name.startswith("[") or name.endswith("]")):
        header = name
    return header.lower().removesuffix(".")


def sent(scope: Scope) -> dict[str, str]:
    """Return the parameters of an address.

    Raises:
        BadAddress: They are not UTF-8, too many, or one is given twice.
    """
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except UnicodeError:
        raise BadAddress("It is not valid UTF-8") from None
    except ValueError:
        raise BadAddress(f"It has more than {MOST_FIELDS} parameters") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadAddress("A parameter is given twice")
    return found
