"""`influence load`: files into the graph."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence.cli import context
from influence.cli.format import Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from influence.load import LoadReport

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


class BadRows(StrEnum):
    """What to do with rows that break a rule."""

    error = "error"
    reject = "reject"


class Via(StrEnum):
    """Which way the rows take into the graph."""

    auto = "auto"
    batches = "batches"
    importer = "import"


def names_of_datasets(incomplete: str) -> list[str]:
    """Complete the name of a dataset."""
    from influence.load.contract import DATASETS

    return [name for name in DATASETS if name.startswith(incomplete)]


def names_of_presets(incomplete: str) -> list[str]:
    """Complete the name of a mapping that comes with influence."""
    from influence.load.presets import presets

    return [name for name in presets() if name.startswith(incomplete)]


@app.callback()
def load() -> None:
    """Customers, friendships, purchases and the rest, from files into the graph."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; files that are there stay.")],
) -> None:
    """Write an empty dataset folder: headers of all files, a commented mapping, a README. Needs no database.

    \b
    Examples:
      influence load init my-data
    """
    from influence.load import init_folder

    written = init_folder(folder)
    for path in written:
        typer.echo(path)
    typer.echo(
        f"\nfill in what you have, or describe your own files in `{folder / 'mapping.toml'}`; then\n"
        f"  influence load run {folder} --dry-run",
        err=True,
    )


@app.command()
def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The dataset folder.")],
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="NAMES", help="Datasets to load, such as customers,purchases; default all."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar="FILE|NAME",
            help="Mapping, a file or one of `load mappings`; default DIR/mapping.toml if it is there.",
            autocompletion=names_of_presets,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="NAME", help="System the files come from: the scope of --sweep; default main."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count everything, write nothing.")] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="The files are complete: close ties and delete rows they no longer hold.")
    ] = False,
    sweep_max: Annotated[
        str, typer.Option("--sweep-max", metavar="SHARE", help="Refuse a sweep of more than this share of a dataset.")
    ] = "5%",
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="When the files were extracted; swept ties end there. Default now."
        ),
    ] = None,
    bad_rows: Annotated[
        BadRows,
        typer.Option("--bad-rows", help="error: load nothing; reject: write bad rows to FILE.rejects.csv and go on."),
    ] = BadRows.error,
    max_rejects: Annotated[
        str,
        typer.Option("--max-rejects", metavar="SHARE", help="With reject: load nothing above this share of a file."),
    ] = "0.1%",
    rejects_dir: Annotated[
        Path | None,
        typer.Option("--rejects-dir", metavar="DIR", help="Folder for rejected rows; default beside a file."),
    ] = None,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, max=100_000, help="Rows a transaction.")] = 10_000,
    restart: Annotated[
        bool, typer.Option("--restart", help="Write everything again, also what was loaded before.")
    ] = False,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAME", help="Encoding of the CSV files, such as cp1252.")
    ] = None,
    via: Annotated[
        Via,
        typer.Option(
            "--via", help="import: offline importer, into an empty local database; batches: any; auto: the faster one."
        ),
    ] = Via.auto,
    output: FormatOption = Format.table,
) -> None:
    """Load a dataset folder. Running it again completes an interrupted load, and otherwise changes nothing.

    Everything is checked before anything is written. `influence load contracts` lists the files and columns.

    \b
    Examples:
      influence load run my-data --dry-run
      influence load run my-data
      influence load run my-data --bad-rows reject --max-rejects 1%
      influence load run my-shop --mapping shopify-customers
      influence load run extract-2026-06 --source crm --as-of 2026-06-30 --sweep
    """
    import json
    from datetime import UTC, datetime

    from influence.load import LoadOptions, PseudonymKey, extract_instant, load_folder, share
    from influence.server import LocalServer

    options = {
        "only": tuple(name.strip() for name in only.split(",") if name.strip()) if only else (),
        "mapping": mapping,
        "source": source,
        "dry_run": dry_run,
        "sweep": sweep,
        "sweep_max": share(sweep_max),
        "as_of": extract_instant(as_of) if as_of else None,
        "bad_rows": bad_rows.value,
        "max_rejects": share(max_rejects),
        "rejects_dir": rejects_dir,
        "batch_size": batch_size,
        "restart": restart,
        "encoding": encoding,
        "via": via.value,
    }
    with context.project() as project:
        chosen = LoadOptions(home=project.home, **options)  # type: ignore[arg-type]
        key = PseudonymKey(project.settings.pseudonym_key_path)
        local = LocalServer(project.settings, project.progress) if project.uses_local_server else None
        report = load_folder(project.graph(), folder, chosen, key, project.progress, datetime.now(UTC), server=local)
    if report.refusal is None or output is Format.table:
        if output is Format.json:
            typer.echo(json.dumps({"schema_version": 1, "ok": True, "load": report.as_dict()}, indent=2, default=str))
        else:
            show(report)
    if report.refusal is not None:
        raise report.refusal


def show(report: LoadReport) -> None:
    """Print what became of the rows, and what to do next."""
    header = (
        "dataset",
        "file",
        "read",
        "loaded",
        "created",
        "updated",
        "unchanged",
        "duplicate",
        "rejected",
        "nodes inferred",
    )
    rows = [
        (
            file.dataset,
            file.file,
            file.read,
            file.loaded,
            *((file.created, file.updated, file.unchanged) if not report.dry_run else ("", "", "")),
            file.duplicate,
            file.rejected,
            ", ".join(f"{count:,} {dataset}" for dataset, count in file.inferred.items()),
        )
        for file in report.files
    ]
    print_rows(header, rows)
    for file in report.files:
        if file.rejects is not None:
            rules = ", ".join(sorted({rule.rule for rule in file.rules}))
            typer.echo(f"rejected rows of {file.file} ({rules}): {file.rejects}")
    for swept in report.sweeps:
        if swept.vanished:
            typer.echo(f"swept {swept.dataset}: {swept.vanished:,} of {swept.total:,} had vanished")
    for line in next_step(report):
        typer.echo(line, err=True)


def next_step(report: LoadReport) -> list[str]:
    """Return what to do after this load."""
    if report.refusal is not None:
        return []
    if report.dry_run:
        return ["\nnothing was written; run the command again without `--dry-run`"]
    if not report.files:
        return ["\nall files are empty; fill them in and run the command again"]
    if not report.written and not any(swept.vanished for swept in report.sweeps):
        return [f"\nnothing has changed since these files were loaded ({report.seconds:.1f} s)"]
    datasets = {file.dataset for file in report.files}
    lines = [f"\nloaded in {report.seconds:.1f} s as {report.run_id}"]
    if not datasets & {"friendships", "follows"}:
        lines.append("no ties were loaded: influence needs `friendships` or `follows`")
    if "purchases" not in datasets:
        lines.append("no purchases were loaded: persuasion is measured by them")
    return [*lines, "next: influence compute run"]


def print_rows(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a plain table: numbers right-aligned, columns that are empty throughout left out."""
    texts = [
        [f"{cell:,}" if isinstance(cell, int) else str(cell if cell is not None else "") for cell in row]
        for row in rows
    ]
    kept = [column for column in range(len(header)) if column == 0 or any(row[column] for row in texts)]
    widths = {column: max(len(header[column]), *(len(row[column]) for row in texts), 0) for column in kept}
    right = {column for column in kept if any(isinstance(row[column], int) for row in rows)}
    for cells in (header, *texts):
        line = "  ".join(
            cells[column].rjust(widths[column]) if column in right else cells[column].ljust(widths[column])
            for column in kept
        )
        typer.echo(line.rstrip())


STATUS = {
    "loading": "HALF LOADED",
    "superseded": "half loaded, superseded",
    "doubtful": "done; will be loaded anew",
}
"""Words for the states of a file in the ledger. Doubtful: nodes it refers to were swept since. Superseded: a later
extract of the same name is whole."""


@app.command()
def status(output: FormatOption = Format.table) -> None:
    """Show which files are in the graph, and what is half loaded.

    \b
    Examples:
      influence load status
      influence load status -o json
    """
    import json

    from influence.load import data_version, load_status

    with context.project() as project:
        files = load_status(project.graph())
        version = data_version(project.graph())
    if output is Format.json:
        document = {"schema_version": 1, "data_version": version, "files": files}
        typer.echo(json.dumps(document, indent=2, default=str))
        return
    if not files:
        typer.echo("nothing is loaded yet", err=True)
        typer.echo("next: influence load init DIR, or influence demo", err=True)
        return
    print_rows(
        ("source", "dataset", "file", "status", "batches", "read", "loaded", "duplicate", "rejected", "finished"),
        [
            (
                file["source"],
                file["dataset"],
                file["file"],
                STATUS.get(file["status"], file["status"]),
                f"{file['batches_done']}/{file['batches']}",
                file["read"],
                file["loaded"],
                file["duplicate"],
                file["rejected"],
                f"{file['finished_at']:%Y-%m-%d %H:%M}" if file["finished_at"] else "",
            )
            for file in files
        ],
    )
    for line in advice(files):
        typer.echo(line, err=True)


def advice(files: Sequence[dict[str, Any]]) -> list[str]:
    """Return what to do about files that are half loaded; nothing about those that a newer extract has replaced."""
    half = [file for file in files if file["status"] == "loading"]
    lines = [
        f"\n`{file['file']}` is half loaded, and `{file['followed_by']}` was loaded after it: if that is a newer "
        f"extract of the same rows, all is well; if not, load `{file['file']}` again to complete it"
        for file in half
        if file["followed_by"]
    ]
    if len(lines) < len(half):
        lines.append("\nrun the same load again to complete what is half loaded")
    return lines


@app.command()
def history(output: FormatOption = Format.table) -> None:
    """Show every load and clean-up, oldest first: what `influence rebuild` does again.

    The same as JSON stands in the home of the project as history.json, written anew by every load: keep it with the
    dumps. It names files and options; of people only keyed hashes of those who were erased.

    \b
    Examples:
      influence load history
      influence load history -o json > history.json
    """
    from influence.load import PseudonymKey, read_history

    with context.project() as project:
        found = read_history(project.graph(), PseudonymKey(project.settings.pseudonym_key_path))
    if output is Format.json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if not found.events:
        typer.echo("nothing was loaded yet", err=True)
        return
    print_rows(
        ("when", "what", "id", "source", "files"),
        [
            (f"{event.at:%Y-%m-%d %H:%M}", "load", event.id, event.source, len(event.files))
            if event.kind == "load"
            else (f"{event.at:%Y-%m-%d %H:%M}", f"deleted before {event.before:%Y-%m-%d}", event.id, "", "")
            for event in found.events
        ],
    )
    if found.erased:
        typer.echo(f"\n{len(found.erased):,} customers were erased and stay out", err=True)


@app.command("contracts")
def show_contracts(
    name: Annotated[
        str | None, typer.Argument(help="Dataset, such as purchases; default: all.", autocompletion=names_of_datasets)
    ] = None,
    output: FormatOption = Format.table,
) -> None:
    """List the datasets, or the columns of one. Needs no database.

    \b
    Examples:
      influence load contracts
      influence load contracts purchases
    """
    import json

    from influence.load import contract, contracts

    if output is Format.json:
        chosen = [contract(name)] if name else list(contracts().values())
        documents = [one.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for one in chosen]
        typer.echo(json.dumps({"schema_version": 1, "contracts": documents}, indent=2))
        return
    if name is None:
        print_rows(
            ("dataset", "becomes", "what a row is"),
            [(one.dataset, one.shape, one.about) for one in contracts().values()],
        )
        typer.echo("\n`influence load contracts NAME` lists the columns of one", err=True)
        return
    chosen_one = contract(name)
    typer.echo(f"{chosen_one.title}: {chosen_one.about}\n{chosen_one.shape}\n")
    print_rows(
        ("column", "type", "", "meaning"),
        [
            (column, one.type, "needed" if one.required else "", "; ".join([one.about, *limits(one)]))
            for column, one in chosen_one.columns.items()
        ],
    )


@app.command("mappings")
def show_mappings(
    name: Annotated[
        str | None, typer.Argument(help="Name of a mapping; default: list all.", autocompletion=names_of_presets)
    ] = None,
) -> None:
    """List the mappings that come with influence, or print one. Needs no database.

    \b
    Examples:
      influence load mappings
      influence load mappings shopify-customers > my-shop/mapping.toml
    """
    from influence.errors import UsageProblem
    from influence.load.presets import preset_text, presets
    from influence.queries.findings import closest

    if name is None:
        print_rows(("mapping", "for"), list(presets().items()))
        typer.echo("\nuse one by name: `influence load run DIR --mapping NAME`, or print it to change it", err=True)
        return
    text = preset_text(name)
    if text is None:
        guess = closest(name, list(presets()))
        raise UsageProblem(
            f"no mapping named `{name}` comes with influence",
            code="mapping-unknown",
            hint=(f"did you mean `{guess}`? " if guess else "") + "Run `influence load mappings` to see all",
        )
    typer.echo(text, nl=False)


def limits(column: Any) -> list[str]:
    """Return what the cells of a column must obey, in words."""
    found = []
    if column.values:
        found.append(f"one of {', '.join(column.values)}")
    if column.form:
        found.append(str(column.form))
    if column.default is not None:
        found.append(f"default {column.default}")
    return found
