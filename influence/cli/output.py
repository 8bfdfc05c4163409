"""Where answers go: a table on the terminal, data on stdout, or a file with its manifest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from rich.text import Text

    from influence.project import Project
    from influence.queries import Kind, Library
    from influence.report import Table
    from influence.report.export import DrawnFormat, Export
    from influence.report.formats import Format

__all__ = [
    "Excel",
    "Out",
    "Output",
    "OutputOption",
    "Params",
    "Raw",
    "RunId",
    "ShowPii",
    "answering",
    "completed",
    "deliver",
    "given",
    "open_catalogue",
    "resolved",
    "show",
    "width",
    "write",
]


class Output(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"
    ndjson = "ndjson"
    parquet = "parquet"
    html = "html"
    svg = "svg"
    png = "png"


BINARY = {Output.parquet: "Parquet", Output.png: "PNG"}


Params = Annotated[
    list[str] | None,
    typer.Option("-p", "--param", metavar="KEY=VALUE", help="A parameter; repeat for more. `show` explains them."),
]
OutputOption = Annotated[
    Output | None,
    typer.Option("-o", "--output", help="How to write it; default: by the ending of --out, else a table."),
]
Out = Annotated[Path | None, typer.Option("--out", help="File to write, with a manifest beside it.", dir_okay=False)]
RunId = Annotated[str | None, typer.Option("--run", metavar="ID", help="Read an earlier run, not the current one.")]
ShowPii = Annotated[bool, typer.Option("--show-pii", help="Show names and addresses in full; this is logged.")]
Excel = Annotated[bool, typer.Option("--excel", help="CSV with byte-order mark and CRLF, for spreadsheets.")]
Raw = Annotated[bool, typer.Option("--raw", help="CSV without the `'` before text that looks like a formula.")]


def open_catalogue() -> Library:
    """Return the saved files: own ones first, then those that come with `influence`."""
    from influence.cli import context
    from influence.queries import library

    return library(context.settings().cypher_dir)


def completed(kind: Kind) -> Callable[[str], list[str]]:
    """Return the completion of names of a kind: file stems, nothing is parsed, opened or started."""

    def names(incomplete: str) -> list[str]:
        return [name for name in open_catalogue().names(kind) if name.startswith(incomplete)]

    return names


def given(params: Sequence[str] | None) -> dict[str, str]:
    """Return `-p key=value` options as a dictionary.

    Raises:
        UsageProblem: One has no `=`, or a key is given twice.
    """
    from influence.errors import UsageProblem

    found: dict[str, str] = {}
    for text in params or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageProblem(
                "a parameter is not of the form `key=value`",
                code="bad-parameter",
                hint="write it like `-p limit=25`; put quotes round a value with blanks",
            )
        if key.strip() in found:
            raise UsageProblem(
                f"parameter `{key.strip()}` is given twice", code="bad-parameter", hint="give each parameter once"
            )
        found[key.strip()] = value
    return found


def resolved(output: Output | None, out: Path | None, excel: bool, raw: bool) -> Output:
    """Return how an answer will be written, before any work is done for it.

    Raises:
        UsageProblem: The options contradict each other.
    """
    from influence.errors import UsageProblem
    from influence.report.export import DRAWN_SUFFIXES, SUFFIXES, format_of

    chosen = output
    if chosen is None and out is not None:
        found = DRAWN_SUFFIXES.get(out.suffix.lower()) or format_of(out)
        if found is None:
            raise UsageProblem(
                f"the ending of `{out.name}` names no format",
                code="format-unknown",
                hint=f"use one of {', '.join((*SUFFIXES, *DRAWN_SUFFIXES))}, or say `-o csv`",
            )
        chosen = Output(found)
    chosen = chosen or Output.table
    if chosen is Output.table and out is not None:
        raise UsageProblem("a table is for the terminal", code="format-unknown", hint="use `-o csv` with `--out`")
    if (excel or raw) and chosen is not Output.csv:
        raise UsageProblem("`--excel` and `--raw` are for CSV", code="bad-option", hint="add `-o csv`")
    if chosen in (Output.parquet, Output.png) and out is None and sys.stdout.isatty():
        raise UsageProblem(
            f"{BINARY[chosen]} is not for a terminal",
            code="bad-option",
            hint=f"add `--out FILE.{chosen.value}`, or pipe it",
        )
    return chosen


@contextmanager
def answering(out: Path | None) -> Iterator[Project]:
    """Open the project to answer a question; when the answer goes to files, nobody is erased until they are there.

    Args:
        out: File or folder that is written, or `None`.

    Raises:
        AlreadyRunning: Customers are being erased, so no file is written.
    """
    from influence.cli import context
    from influence.export_register import ExportRegister

    with context.project() as project:
        with nullcontext() if out is None else ExportRegister(project.home).handing_out():
            yield project


def deliver(
    table: Table, output: Output, out: Path | None, *, excel: bool, raw: bool, first: int | None = None
) -> None:
    """Write an answer to where it belongs.

    Args:
        table: The answer.
        output: How, as `resolved` says.
        out: File, or `None` for stdout.
        excel: CSV for spreadsheets.
        raw: CSV for machines.
        first: Rows that a table on the terminal shows; default all.
    """
    from datetime import UTC, datetime

    from influence.report.export import DRAWN_SUFFIXES, export
    from influence.report.formats import CsvStyle, encoded

    now = datetime.now(UTC)
    if output is Output.table:
        from influence.report.terminal import page

        show(page(table, now, width(), first))
        return
    if output.value in DRAWN_SUFFIXES.values():
        deliver_drawn(table, output, out, now)
        return
    style = CsvStyle(excel, raw)
    format = cast("Format", output.value)
    if out is None:
        write(encoded(table, format, style))
        return
    hand_out(table, out, lambda: export(table, out, format, now=now, style=style), now)


def deliver_drawn(table: Table, output: Output, out: Path | None, now: datetime) -> None:
    """Write an answer as a page or a picture."""
    from influence.pages.single import drawn, export_drawn

    query = open_catalogue().get(cast("Kind", table.kind), table.name)
    format = cast("DrawnFormat", output.value)
    if out is None:
        write(drawn(table, format, now=now, query=query))
    else:
        hand_out(table, out, lambda: export_drawn(table, out, format, now=now, query=query), now)


def hand_out(table: Table, out: Path, write_file: Callable[[], Export], now: datetime) -> None:
    """Write a file and say what was written; one with people in it is registered before and once more when whole.

    So a killed command leaves nothing behind that nobody knows of.
    """
    from influence.cli import context
    from influence.export_register import ExportRegister

    if not table.personal:
        written = write_file()
    else:
        register, run = ExportRegister(context.settings().home), table.computed.run if table.computed else ""
        register.begin(table.kind, table.name, [out], now=now, run=run)
        written = write_file()
        register.add(table.kind, table.name, [written.data], now=now, run=run)
    owner = ", readable by you only" if table.personal else ""
    typer.echo(f"wrote {len(table.rows):,} rows to {out}{owner}; manifest: {written.manifest.path.name}", err=True)


def width() -> int | None:
    """Return the cells of the terminal, or `None` when stdout is none: then nothing is shortened."""
    import shutil

    return shutil.get_terminal_size(fallback=(0, 0)).columns or None if sys.stdout.isatty() else None


def show(text: Text) -> None:
    """Print styled text, in colour only on a terminal that wants it."""
    if not sys.stdout.isatty():
        write(text.plain.encode())
        return
    from rich.console import Console

    Console(file=sys.stdout, soft_wrap=True).print(text, end="")


def write(data: bytes) -> None:
    """Write bytes to stdout; a reader that stops early, such as `head`, is no error."""
    import os

    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
