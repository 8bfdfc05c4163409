"""The site as a running server, in this process."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable

import uvicorn

from influence.errors import UsageProblem
from influence.project import Project
from influence.web.app import application
from influence.web.site import SiteOptions

__all__ = ["allowed_hosts", "is_loopback", "listen", "serve", "server"]

GRACE = 10
"""Seconds that open requests get when the site is told to stop."""
LARGEST_HEAD = 16_384
"""Bytes of the line and headers of a request."""
CONNECTIONS = 100
"""Open connections; more are turned away at once."""
NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:]+\]")


def is_loopback(host: str) -> bool:
    """Return whether an address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def allowed_hosts(host: str, further: list[str]) -> frozenset[str]:
    """Return the names by which the site may be called.

    Args:
        host: Address that it listens on.
        further: Names given by whoever runs it.

    Raises:
        UsageProblem: A name is none, or nothing would be allowed.
    """
    names = {name.lower().removesuffix(".") for name in further}
    if wrong := [name for name in names if not NAME.fullmatch(name)]:
        raise UsageProblem(
            f"{len(wrong)} of the names of `--allowed-host` are none",
            code="bad-option",
            hint="give a name without scheme, port or path, such as `influence.example.com`",
        )
    bare = host.strip("[]").lower()
    if is_loopback(host):
        names |= {"localhost", "127.0.0.1", "[::1]"}
    elif bare in ("0.0.0.0", "::"):  # noqa: S104  compared, not listened on
        if not names:
            raise UsageProblem(
                "the site needs to know by which name it is called",
                code="host-unknown",
                hint="add `--allowed-host influence.example.com`, the name in the address that visitors type",
            )
    else:
        names.add(f"[{bare}]" if ":" in bare else bare)
    return frozenset(names)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Args:
        host: Address.
        port: Port; 0 takes a free one.

    Raises:
        UsageProblem: The address cannot be used.
    """
    bare = host.strip("[]")
    try:
        return socket.create_server(
            (bare, port), family=socket.AF_INET6 if ":" in bare else socket.AF_INET, backlog=128
        )
    except OSError as error:
        reason = (error.strerror or "it is no address of this machine").lower()
        raise UsageProblem(
            f"cannot listen on `{host}` port {port}: {reason}",
            code="address-unusable",
            hint="choose another port, such as `influence serve --port 8766`, or end what uses this one",
        ) from error


class Server(uvicorn.Server):
    """A server that tells when it answers.

    Args:
        config: How it serves.
        ready: Told when requests are answered.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets=sockets)
        self.ready()


def server(project: Project, options: SiteOptions, ready: Callable[[], None]) -> Server:
    """Return the server of a site, not yet started.

    Args:
        project: Settings and database.
        options: How the site behaves.
        ready: Told when requests are answered.
    """
    config = uvicorn.Config(
        application(project, options),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_graceful_shutdown=GRACE,
    )
    return Server(config, ready)


def serve(project: Project, options: SiteOptions, opened: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; open requests are answered first, for a few seconds.

    The signal is raised again at the end, so that the command ends as every command that is told to.

    Args:
        project: Settings and database.
        options: How the site behaves.
        opened: The socket.
        ready: Told when requests are answered.
    """
    server(project, options, ready).run(sockets=[opened])
