"""`influence serve`: the saved questions as live pages, to read only."""

from __future__ import annotations

from typing import Annotated

import typer

from influence.cli import context

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on; others than loopback need --public.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8765,
    public: Annotated[
        bool, typer.Option("--public", help="Allow an address that others can reach. The site has no login.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host", metavar="NAME", help="A further name that visitors call it by; repeat for more."
        ),
    ] = None,
    show_pii: Annotated[
        bool, typer.Option("--show-pii", help="Show names in full to every visitor; each answer with some is logged.")
    ] = False,
    min_size: Annotated[
        int, typer.Option("--min-size", min=1, help="Refuse files of segments with fewer customers.")
    ] = 100,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=64, help="Questions that are worked on at once.")
    ] = 4,
    timeout: Annotated[float, typer.Option("--timeout", min=1, max=600, help="Longest seconds for one answer.")] = 60.0,
) -> None:
    """Show the reports, segments and customers as pages in a browser. Nothing can be changed there.

    Needs the extra `web`: pip install "influence[web]". It answers on this machine only, and there is no login: to let
    others in, put a proxy with a login before it. Ctrl+C stops it.

    \b
    Examples:
      influence serve
      influence serve --port 9000 --show-pii
      influence serve --allowed-host influence.example.com
    """
    from influence.cli.logs import say
    from influence.errors import UsageProblem
    from influence.web import require_web

    require_web()
    from influence.web.serving import allowed_hosts, is_loopback, listen
    from influence.web.serving import serve as run
    from influence.web.site import SiteOptions

    if not is_loopback(host) and not public:
        raise UsageProblem(
            f"`{host}` can be reached by others, and the site has no login",
            code="public-address",
            hint="leave `--host` out and put a proxy with a login before it, or add `--public` and mean it",
        )
    options = SiteOptions(
        hosts=allowed_hosts(host, allowed_host or []),
        show_pii=show_pii,
        min_size=min_size,
        concurrency=concurrency,
        waiting=4 * concurrency,
        seconds=timeout,
    )
    with context.project() as project, listen(host, port) as opened:
        project.graph()
        shown = f"[{host.strip('[]')}]" if ":" in host else host
        address = f"http://{shown}:{opened.getsockname()[1]}/"
        if not is_loopback(host):
            say("public address: everybody who reaches it reads every customer; there is no login and no encryption")
            say("put a proxy with a login and TLS before it, and let nothing else through")
        if show_pii:
            say("names are shown in full to every visitor")

        def ready() -> None:
            say(f"serving {address} (Ctrl+C stops)")

        run(project, options, opened, ready)
