"""A folder of pages that answers every question the current run can answer; it opens without a server.

All answers are read first and the pages are written second, so that a page links only to pages that exist. The folder
appears whole or not at all: it is built beside its place and takes it in one step.
"""

from __future__ import annotations

import glob
import hashlib
import json
import logging
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from influence import __version__
from influence.errors import InfluenceError, QueryFailed, ServerUnavailable, UsageProblem
from influence.export_register import ExportRegister
from influence.files import PERSONAL, SHARED, Written, abandoned, claimed, write_atomically
from influence.graph import Graph
from influence.pages.charts import Drawing, chart_svg, drawing
from influence.pages.links import Link
from influence.pages.render import (
    Entry,
    Group,
    LinkList,
    capital,
    customer_page,
    ended,
    glossary_page,
    index_page,
    report_page,
)
from influence.progress import Progress
from influence.queries import Library, SavedQuery, library
from influence.queries.findings import counted, shown
from influence.report.customer import CustomerPage, customer_record
from influence.report.customer import customer_page as collected
from influence.report.formats import CsvStyle, csv_bytes, json_bytes
from influence.report.running import run_report
from influence.report.table import Computed, Table
from influence.report.wording import freshness, parameter, presented
from influence.runs import resolve_run
from influence.runs.records import RunRecord

__all__ = ["MANIFEST", "Bundle", "BundleOptions", "Failure", "build_bundle", "require_complete"]

logger = logging.getLogger(__name__)

MANIFEST: Final = "manifest.json"
MANIFEST_VERSION: Final = 1
FOLDER_MODE: Final = 0o700
"""Mode of the folders: the pages list customers."""

CHOICES: Final[Mapping[str, tuple[str, str]]] = {
    "community": ("communities", "community"),
    "product": ("top-cascades", "product_id"),
    "topic": ("topics-overview", "topic_id"),
}
"""Parameters for whose most important values a page each is made: report that ranks the values, and its column."""
LISTS: Final = ("customer_id",)
"""Key of reports whose first rows get a page of their own."""
MESSAGE: Final = 160
"""Letters of a failure that the index shows."""
MOST_NAMED: Final = 5
"""Files in the way of a new folder that are named one by one."""
LEFT_BY_VIEWERS: Final = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""Files that file managers leave in every folder that somebody looks at; nobody misses them."""
CATEGORIES: Final[Mapping[str, str]] = {
    "reach": "Who is well connected",
    "context": "Who counts in which topic",
    "persuasion": "Who persuades whom",
    "products": "Which products travel",
    "communities": "Communities",
    "value": "What customers are worth",
    "voice": "What customers say",
    "change": "What changed",
    "customers": "One customer",
    "data": "The data behind it",
}
"""Headings of the index in their order; further categories follow under their own name."""


@dataclass(frozen=True)
class BundleOptions:
    """What goes into a folder of pages.

    Attributes:
        customers: Most customers who get a page: those who lead the most lists first.
        per_list: First rows of each list that are considered.
        values: Values of a parameter that get a page each.
        show_pii: Leave personal columns readable, and log that it was done.
    """

    customers: int = 40
    per_list: int = 10
    values: int = 8
    show_pii: bool = False


@dataclass(frozen=True)
class Failure:
    """A page that could not be made.

    Attributes:
        name: Name of the report, or `customer`.
        message: Why; holds no personal value.
        code: Code of the error.
    """

    name: str
    message: str
    code: str


@dataclass(frozen=True)
class Bundle:
    """A folder of pages that was written.

    Attributes:
        folder: Where.
        pages: Number of HTML pages.
        files: Number of files, the manifest included.
        missing: Questions that the run cannot answer.
        failed: Pages that could not be made.
    """

    folder: Path
    pages: int
    files: int
    missing: tuple[Entry, ...]
    failed: tuple[Failure, ...]


@dataclass(frozen=True)
class Answered:
    """One answer and the place of its page.

    Attributes:
        query: The saved file.
        table: The answer.
        given: Parameters that were given.
        path: Path of the page below the folder, without its ending.
    """

    query: SavedQuery
    table: Table
    given: Mapping[str, Any]
    path: str


@dataclass
class Contents:
    """What the folder will hold.

    Attributes:
        answers: Answers in the order of the index.
        customers: Page of each customer by id, with its network.
        missing: Questions without an answer.
        failed: What went wrong on the way.
    """

    answers: list[Answered] = field(default_factory=list)
    customers: dict[str, tuple[CustomerPage, Drawing | None]] = field(default_factory=dict)
    missing: list[Entry] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


# ── addresses ─────────────────────────────────────────────────────────────


class BundleLinks:
    """Addresses within the folder, relative to one of its pages.

    Args:
        contents: What the folder holds.
        depth: How many folders below the top the page is.
    """

    def __init__(self, contents: Contents, depth: int) -> None:
        self.up = "../" * depth
        self.customers = contents.customers
        self.reports = {place(one.query, one.given): f"{one.path}.html" for one in contents.answers}

    def home(self) -> str:
        """Return the address of the index."""
        return f"{self.up}index.html"

    def navigation(self) -> Sequence[Link]:
        """Return the links at the top of each page."""
        people = [Link("Customers", f"{self.up}customers.html")] if self.customers else []
        return [Link("Questions", self.home()), *people, Link("Glossary", self.glossary(""))]

    def glossary(self, anchor: str) -> str:
        """Return the address of a term of the glossary."""
        return f"{self.up}glossary.html" + (f"#{anchor}" if anchor else "")

    def report(self, kind: str, name: str, params: Mapping[str, Any]) -> str | None:
        """Return the address of an answer, when it is in the folder."""
        found = self.reports.get((kind, name, frozenset((key, str(value)) for key, value in params.items())))
        return None if found is None else self.up + found

    def customer(self, customer: str) -> str | None:
        """Return the address of the page of a customer, when it is in the folder."""
        return f"{self.up}customers/{file_name(customer)}.html" if customer in self.customers else None


def place(query: SavedQuery, given: Mapping[str, Any]) -> tuple[str, str, frozenset[tuple[str, str]]]:
    """Return what identifies an answer within the folder."""
    return query.kind, query.name, frozenset((key, str(value)) for key, value in given.items())


def file_name(value: str) -> str:
    """Return a name for a file that stands for an id: the id itself where every system can write it, else a digest.

    Capital letters count as special, because some systems do not tell them from small ones.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,60}", value):
        return value
    words = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:40]
    return f"{words}-{hashlib.sha256(value.encode()).hexdigest()[:12]}".lstrip("-")


# ── reading ───────────────────────────────────────────────────────────────


def build_bundle(
    graph: Graph,
    out: Path,
    *,
    now: datetime,
    progress: Progress,
    catalogue: Library | None = None,
    run_id: str | None = None,
    options: BundleOptions | None = None,
    register: ExportRegister | None = None,
    before_writing: Callable[[], object] | None = None,
) -> Bundle:
    """Write a folder of pages with the answers of one run.

    Args:
        graph: Where the answers come from; it is only read.
        out: The folder; an earlier one that this function wrote is replaced when the new one is complete.
        now: Instant of the pages.
        progress: Where the work reports.
        catalogue: Where saved files are looked up; default those that come with `influence`.
        run_id: Run whose scores are read; default the current one. All pages read the same run.
        options: What goes into it.
        register: Where the folder is noted before anything of it is written, so that a customer who is erased is found
            in it, too; hold its `handing_out` meanwhile.
        before_writing: Called when all is built, before the folder takes its place; what it raises leaves the earlier
            one there, such as the `LeaseLost` of a job that another one has overtaken.

    Returns:
        What was written, also when some questions failed: those are named in the index, the manifest and here.

    Raises:
        UsageProblem: There is no run, or the folder holds something else.
        QueryFailed: Not one question could be answered.
        ServerUnavailable: The server was lost; an earlier folder stays as it is.
    """
    options = options or BundleOptions()
    require_replaceable(out)
    run = resolve_run(graph, run_id)
    known = catalogue or library()
    contents = read(graph, known, run, options, progress)
    if not contents.answers:
        raise QueryFailed(
            "not one question could be answered",
            code="bundle-empty",
            hint="run one of them to see why: `influence report run super-connectors`",
            failed=[one.name for one in contents.failed],
        )
    if register is not None:
        register.begin("pages", out.name, [out], now=now, run=run.id)
    with replacing(out) as folder:
        built = write(folder, out, contents, run, now, progress)
        if before_writing is not None:
            before_writing()
        require_replaceable(out)  # once more: building takes its time
        return built


def require_complete(bundle: Bundle) -> None:
    """Refuse to call a folder complete in which pages failed.

    Raises:
        QueryFailed: Some did; the others are written.
    """
    if not bundle.failed:
        return
    names = sorted({one.name for one in bundle.failed})
    pages = "1 page" if len(bundle.failed) == 1 else f"{len(bundle.failed)} pages"
    raise QueryFailed(
        f"{pages} failed: {', '.join(f'`{name}`' for name in names)}",
        code="bundle-incomplete",
        hint="the other pages are written; see why: "
        + (f"`influence report run {names[0]}`" if names[0] != "customer" else "`influence customer show ID`"),
    )


def read(graph: Graph, known: Library, run: RunRecord, options: BundleOptions, progress: Progress) -> Contents:
    """Read every answer that goes into the folder."""
    contents = Contents()
    queries = [query for query in known.all("report") if query.header.maturity != "deprecated"]
    queries.sort(key=lambda query: (order(query), query.name))
    ranked: dict[str, list[Any]] = {}

    def answer(query: SavedQuery, given: Mapping[str, Any]) -> Table | None:
        table = None
        with caught(query.name, contents):
            table = run_report(graph, query.name, given, catalogue=known, run_id=run.id, show_pii=options.show_pii)
        return table

    with progress.task("answering questions", len(queries), "questions") as task:
        for query in sorted(queries, key=lambda query: query.name not in {name for name, _ in CHOICES.values()}):
            required = [name for name, one in query.header.params.items() if one.required]
            if {"customer", "find"} & set(required):  # answered on the page of each customer; a search needs a site
                task.advance()
                continue
            if reason := unanswerable(query, run):
                contents.missing.append(Entry(query.header.question, query.header.title, note=reason))
                task.advance()
                continue
            if not required and (table := answer(query, {})) is not None:
                contents.answers.append(Answered(query, table, {}, f"reports/{query.name}"))
                for name, (report, column) in CHOICES.items():
                    if report == query.name:
                        ranked[name] = list(dict.fromkeys(table.values(column)))[: options.values]
            for given in variants(query, required, ranked):
                if (table := answer(query, given)) is not None:
                    words = "-".join(f"{name}-{file_name(str(value))}" for name, value in given.items())
                    contents.answers.append(Answered(query, table, given, f"reports/{query.name}--{words}"))
            task.advance()
    contents.answers.sort(key=lambda one: (order(one.query), one.query.name, bool(one.given)))
    leaders = chosen_customers(contents.answers, options)
    network = known.get("report", "customer-network") if "customer-network" in known.names("report") else None
    with progress.task("collecting customers", len(leaders), "customers") as task:
        for customer in leaders:
            with caught("customer", contents):
                page = collected(graph, customer, catalogue=known, run_id=run.id, show_pii=options.show_pii)
                drawn = None
                if network is not None and not unanswerable(network, run):
                    table = answer(network, {"customer": customer})
                    drawn = drawing(table) if table is not None else None
                contents.customers[customer] = page, drawn
            task.advance()
    return contents


@contextmanager
def caught(name: str, contents: Contents) -> Iterator[None]:
    """Keep one page that fails from losing the rest; without a server there is nothing to go on with."""
    try:
        yield
    except ServerUnavailable:
        raise
    except InfluenceError as error:
        contents.failed.append(Failure(name, error.message, error.code))
    except Exception as error:
        logger.exception("page of `%s` failed", name)
        contents.failed.append(Failure(name, f"unexpected {type(error).__name__}", "unexpected"))


def order(query: SavedQuery) -> int:
    """Return the place of a question's category."""
    names = list(CATEGORIES)
    return names.index(query.header.category) if query.header.category in names else len(names)


def unanswerable(query: SavedQuery, run: RunRecord) -> str:
    """Return why a question has no page, or nothing."""
    if lacking := [measure for measure in query.header.needs if measure not in run.measures]:
        return f"the run does not hold {', '.join(lacking)}"
    required = [name for name, one in query.header.params.items() if one.required]
    if unknown := [name for name in required if name not in (*CHOICES, "customer")]:
        return f"needs a value for {', '.join(unknown)}"
    return ""


def variants(query: SavedQuery, required: Sequence[str], ranked: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return the parameters for which a question gets a page besides that of its defaults."""
    if len(required) > 1:
        return []
    for name, parameter_ in query.header.params.items():
        if name in CHOICES and name in ranked and (name in required or parameter_.type == "str"):
            return [{name: value} for value in ranked[name]]
        if name in ("by", "measure") and parameter_.choices:
            return [{name: value} for value in parameter_.choices if value != parameter_.default]
    return []


def chosen_customers(answers: Sequence[Answered], options: BundleOptions) -> list[str]:
    """Return the customers who get a page: who leads the most lists first, ties by the best rank, then by id."""
    seen: Counter[str] = Counter()
    best: dict[str, int] = {}
    for one in answers:
        if one.table.key != LISTS or one.given or one.query.header.category == "data":
            continue
        for rank, customer in enumerate(one.table.values("customer_id")[: options.per_list]):
            seen[customer] += 1
            best[customer] = min(rank, best.get(customer, rank))
    return sorted(seen, key=lambda customer: (-seen[customer], best[customer], customer))[: options.customers]


# ── writing ───────────────────────────────────────────────────────────────


def write(folder: Path, out: Path, contents: Contents, run: RunRecord, now: datetime, progress: Progress) -> Bundle:
    """Write every page into the folder that is not yet in its place."""
    written: list[Written] = []
    pages = 0
    computed = Computed(run.id, run.as_of, run.published_at, run.current)
    fresh = ended(capital(freshness(computed, now)))

    def put(path: str, content: bytes | str, mode: int = PERSONAL) -> None:
        written.append(write_atomically(folder / path, content, mode=mode))

    for name in ("reports", "customers"):
        (folder / name).mkdir(mode=FOLDER_MODE)
    below = BundleLinks(contents, 1)
    with progress.task("writing pages", len(contents.answers) + len(contents.customers), "pages") as task:
        for one in list(contents.answers):
            with caught(one.query.name, contents):
                stem = Path(one.path).name
                twins = [Link(name, f"{stem}.{name.lower()}", True) for name in ("CSV", "JSON")]
                put(f"{one.path}.csv", csv_bytes(one.table, CsvStyle()))
                put(f"{one.path}.json", json_bytes(one.table))
                if one.table.picture is not None and drawing(one.table) is not None:
                    put(f"{one.path}.svg", chart_svg(one.table))
                    twins.append(Link("SVG", f"{stem}.svg", True))
                page = report_page(
                    one.table, below, now=now, query=one.query, twins=twins, related=related(one, contents, below)
                )
                put(f"{one.path}.html", page)
                pages += 1
            task.advance()
        for customer, (answer, network) in contents.customers.items():
            with caught("customer", contents):
                stem = file_name(customer)
                record = json.dumps(customer_record(answer), ensure_ascii=False, indent=2) + "\n"
                put(f"customers/{stem}.json", record)
                drawings = [network] if network is not None else []
                twins = [Link("JSON", f"{stem}.json", True)]
                put(f"customers/{stem}.html", customer_page(answer, below, now=now, drawings=drawings, twins=twins))
                pages += 1
            task.advance()
    top = BundleLinks(contents, 0)
    put("glossary.html", glossary_page(top), SHARED)
    if contents.customers:
        put("customers.html", customers_page(contents, top, fresh))
    put("index.html", contents_page(contents, top, fresh))
    described = described_bundle(folder, written, contents, run, now)
    put(MANIFEST, json.dumps(described, ensure_ascii=False, indent=2) + "\n", SHARED)
    pages += 2 + bool(contents.customers)
    return Bundle(out, pages, len(written), tuple(contents.missing), tuple(contents.failed))


def related(one: Answered, contents: Contents, links: BundleLinks) -> LinkList | None:
    """Return the same question with other parameters."""
    others = [other for other in contents.answers if other.query.name == one.query.name and other is not one]
    if not others:
        return None
    found = [Link(chosen(other), f"{links.up}{other.path}.html") for other in others]
    return LinkList("The same question for", found)


def chosen(one: Answered) -> str:
    """Return the parameters of an answer in words: "topic tag-00073", or "all"."""
    return ", ".join(f"{name} {parameter(value)}" for name, value in one.given.items()) or "all"


def contents_page(contents: Contents, links: BundleLinks, fresh: str) -> str:
    """Return the index: every question by category, the pages for single values, and what has no answer."""
    groups = []
    for _, members in groupby(contents.answers, key=lambda one: (order(one.query), one.query.header.category)):
        of = list(members)
        category = of[0].query.header.category
        entries = []
        for _, same in groupby(of, key=lambda one: one.query.name):
            first, *others = same
            header = first.query.header
            note = f"and {len(others)} more pages" if others else ""
            entries.append(Entry(header.question, header.title, f"{first.path}.html", note))
        groups.append(Group(CATEGORIES.get(category, category.capitalize()), entries))
    failed = [
        f"Failed: {name}{f', {times} pages' if times > 1 else ''}: {message}. The other pages are complete."
        for (name, message), times in Counter((one.name, shorter(one.message)) for one in contents.failed).items()
    ]
    leaders = [Link(customer, str(links.customer(customer))) for customer in contents.customers]
    return index_page(
        groups,
        links,
        heading="Questions and answers",
        summary="Who knows many, who is listened to, who persuades whom, in which topic and through which products.",
        fresh=fresh,
        notices=failed,
        lists=[LinkList("Customers who lead a list", leaders)] if leaders else [],
        missing=contents.missing,
    )


def shorter(message: str) -> str:
    """Return the first line of a message, of bearable length; the manifest has all of it."""
    line = message.splitlines()[0]
    return line if len(line) <= MESSAGE else line[:MESSAGE].rstrip() + "…"


def customers_page(contents: Contents, links: BundleLinks, fresh: str) -> str:
    """Return the page of the customers who have one, by the lists that they lead."""
    groups = []
    for one in contents.answers:
        if one.table.key != LISTS or one.given or one.query.header.category == "data":
            continue
        shown = one.table.picture.y if one.table.picture else one.table.columns[1].name
        column = one.table.columns[one.table.place(shown)]
        entries = [
            Entry(customer, f"{column.title}: {presented(column, value)}", href)
            for customer, value in zip(one.table.values("customer_id"), one.table.values(shown), strict=True)
            if (href := links.customer(customer)) is not None
        ]
        if entries:
            groups.append(Group(one.query.header.title, entries))
    return index_page(groups, links, heading="Customers", fresh=fresh, here="Customers")


def described_bundle(
    folder: Path, written: Sequence[Written], contents: Contents, run: RunRecord, now: datetime
) -> dict[str, Any]:
    """Return the manifest: every file with its digest, and what is not there. It names no customer."""
    return {
        "schema_version": MANIFEST_VERSION,
        "kind": "report-bundle",
        "influence": __version__,
        "written_at": now.isoformat(timespec="seconds"),
        "run": run.id,
        "as_of": run.as_of.isoformat() if run.as_of else None,
        "published_at": run.published_at.isoformat() if run.published_at else None,
        "missing": [{"title": one.title, "reason": one.note} for one in contents.missing],
        "failed": [{"name": one.name, "message": one.message, "code": one.code} for one in contents.failed],
        "files": [
            {"path": one.path.relative_to(folder.resolve()).as_posix(), "bytes": one.size, "sha256": one.sha256}
            for one in sorted(written, key=lambda one: one.path)
        ],
    }


# ── the place ─────────────────────────────────────────────────────────────


def require_replaceable(out: Path) -> None:
    """Refuse a folder that holds something else than pages.

    Raises:
        UsageProblem: It does, or it is a file.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    listed = listed_files(out / MANIFEST) if out.is_dir() else None
    if listed is None:
        raise UsageProblem(
            f"`{out}` holds something else than report pages",
            code="output-not-a-bundle",
            hint="give a folder that does not exist yet, or one that `influence report build` wrote",
        )
    there = {
        path.relative_to(out).as_posix()
        for path in out.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and path.name not in LEFT_BY_VIEWERS
    }
    if others := sorted(there - listed - {MANIFEST}):
        named = ", ".join(f"`{shown(name)}`" for name in others[:MOST_NAMED])
        raise UsageProblem(
            f"`{out}` holds {counted(len(others), 'file')} besides its pages, which would be lost: {named}"
            + (f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""),
            code="output-not-a-bundle",
            hint="move them elsewhere, or give another folder",
        )


def listed_files(manifest: Path) -> set[str] | None:
    """Return the files that a manifest of a folder of pages lists, or `None` when it is no such manifest."""
    try:
        described = json.loads(manifest.read_text(encoding="utf-8"))
        return {entry["path"] for entry in described["files"]} if described["kind"] == "report-bundle" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield a folder beside the place; it takes the place when the block ends well, and goes away when it does not.

    Raises:
        UsageProblem: The folder cannot be made.
    """
    target = out.resolve()
    mark = secrets.token_hex(4)
    building, earlier = (target.with_name(f".{target.name}.{mark}.{end}") for end in ("part", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        tidy(target)
        building.mkdir(mode=FOLDER_MODE)
    except OSError as error:
        raise UsageProblem(
            f"cannot make `{out}`: {(error.strerror or 'unknown reason').lower()}",
            code="output-unwritable",
            hint="give a path that this user may write",
        ) from error
    try:
        with claimed(building):
            yield building
            if target.exists():
                target.rename(earlier)
            try:
                building.rename(target)
            except BaseException:
                if earlier.exists():
                    earlier.rename(target)
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(earlier, ignore_errors=True)


def tidy(target: Path) -> None:
    """Remove what killed builds left beside the place; an earlier folder that was about to be replaced goes back."""
    working = {path.name.rsplit(".", 2)[1] for path in target.parent.glob(f".{glob.escape(target.name)}.*.part")}
    for left in abandoned(target, "part"):
        working.discard(left.name.rsplit(".", 2)[1])
        shutil.rmtree(left, ignore_errors=True)
    for left in abandoned(target, "old"):
        if left.name.rsplit(".", 2)[1] in working:
            continue
        if target.exists():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.rename(target)
