"""The site as an ASGI application: which address leads to which page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from influence.errors import InfluenceError
from influence.pages.render import glossary_page
from influence.project import Project
from influence.web import comparison, customers, questions
from influence.web.answers import page, problem_response
from influence.web.guard import Guard, sent
from influence.web.limits import Busy, Late
from influence.web.problems import Problem, problem_of
from influence.web.site import Asked, Site, SiteOptions

__all__ = ["application"]

Page = Callable[[Site, Asked], Response]

PAGES: tuple[tuple[str, Page], ...] = (
    ("/", questions.questions),
    ("/reports/{name}.{format}", questions.report_data),
    ("/reports/{name}", questions.report),
    ("/segments", questions.segments),
    ("/segments/{name}.{format}", questions.segment_data),
    ("/segments/{name}", questions.segment),
    ("/customers", customers.customers),
    ("/customer", customers.customer),
    ("/customer.json", customers.customer_data),
    ("/runs", comparison.runs),
    ("/runs/compare", comparison.comparison),
)
"""Every page that asks the database. Those with an ending come first: names hold no dots."""


def application(
    project: Project, options: SiteOptions | None = None, *, now: Callable[[], datetime] | None = None
) -> ASGIApp:
    """Return the site of a project.

    Args:
        project: Settings and database; it stays open as long as the site.
        options: How the site behaves.
        now: The clock; default the machine's.
    """
    site = Site(project, options or SiteOptions(), now or partial(datetime.now, UTC))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        site.gate.close()

    routes = [Route(path, answering(site, path, work), methods=["GET"]) for path, work in PAGES]
    routes.append(Route("/glossary", glossary(site), methods=["GET"]))
    routes.append(Route("/healthz", health(site), methods=["GET"]))
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: unknown_page(site)})
    app.router.redirect_slashes = False
    return Guard(app, site, {route.endpoint: route.path for route in routes})


def answering(site: Site, path: str, work: Page) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a page: its work in a thread behind the gate, and every error as a page."""

    async def respond(request: Request) -> Response:
        asked = Asked(request.path_params, sent(request.scope), request.method == "HEAD")

        def answer() -> Response:
            site.reach()
            return work(site, asked)

        try:
            return await site.gate.run(answer)
        except Exception as error:  # whatever it is, no traceback leaves the site
            problem = problem_of(error)
        as_json = asked.path.get("format") == "json" or path.endswith(".json")
        return problem_response(site, problem, path, as_json=as_json)

    return respond


def glossary(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of the glossary, which needs no database."""

    async def respond(request: Request) -> Response:
        return page(glossary_page(site.links))

    return respond


def health(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that watchers ask: whether the site can answer, and nothing else."""

    async def respond(request: Request) -> Response:
        try:
            await site.gate.run(site.reach)
        except Busy:
            return PlainTextResponse("busy\n")
        except (InfluenceError, Late):
            return PlainTextResponse("the database is away\n", 503)
        return PlainTextResponse("ok\n")

    return respond


def unknown_page(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers addresses that lead nowhere."""

    async def respond(request: Request, error: Exception) -> Response:
        words = "Nothing is at this address."
        return problem_response(site, Problem(404, "page-not-found", "There is no such page", words), "")

    return respond
