"""Write docs/reference/ from the code: commands, settings, saved Cypher and measures.

Run `python tools/write_reference.py` after a change; `tests/docs` fails while the files differ.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def cell(text: object) -> str:
    """Return text that fits into one cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def walk(command: Any, words: tuple[str, ...] = ("influence",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below a group with the words that call it."""
    children = getattr(command, "commands", None)
    if children is None:
        yield words, command
        return
    for name in sorted(children):
        if not children[name].hidden:
            yield from walk(children[name], (*words, name))


def options(command: Any) -> list[str]:
    """Return the rows of a command's table of arguments and options: values and default in the words of `--help`."""
    context = command.make_context("influence", [], resilient_parsing=True)
    rows = []
    for parameter in command.params:
        if parameter.name in ("help", "install_completion", "show_completion"):
            continue
        shown, about = parameter.get_help_record(context)
        if parameter.param_type_name == "argument":
            names = f"`{parameter.name.upper()}`"
        else:
            names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
            if not parameter.is_flag:
                names += f" `{shown[len(', '.join(parameter.opts)) + 1 :]}`"
        rows.append(f"| {cell(names)} | {cell(about).replace('  ', ' ')} |")
    return rows


def command_line() -> str:
    """Return the page of all commands."""
    import typer

    from influence.cli.main import app

    root = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Generated from the code by `tools/write_reference.py`. Every command also answers `--help`.",
        "",
        "## Options before any command",
        "",
        "| option | meaning |",
        "| --- | --- |",
        *options(root),
    ]
    for words, command in walk(root):
        about = (command.help or "").split("\f")[0].replace("\b\n", "").strip()
        summary, _, rest = about.partition("\n")
        lines += ["", f"## `{' '.join(words)}`", "", summary]
        if rest.strip():
            lines += ["", "```text", *[line.rstrip() for line in rest.strip("\n").splitlines()], "```"]
        rows = options(command)
        if rows:
            lines += ["", "| option | meaning |", "| --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Return the page of all settings."""
    from influence.settings import Settings

    lines = [
        "# Settings",
        "",
        "Generated from the code by `tools/write_reference.py`. An option of the command wins over the environment,",
        "the environment over `--env-file` or `.env` in the working directory, those over the default;",
        "`influence doctor` prints where each value comes from.",
        "",
        "| variable | meaning | default |",
        "| --- | --- | --- |",
    ]
    for field in Settings.model_fields.values():
        default = "" if field.default_factory or field.default is None else f"`{field.default}`"
        lines.append(f"| `{field.validation_alias}` | {cell(field.description)} | {default} |")
    return "\n".join(lines) + "\n"


def saved_queries() -> str:
    """Return the page of all reports, segments and checks."""
    from influence.queries import library

    catalogue = library()
    lines = ["# Reports, segments and checks", "", "Generated from the headers by `tools/write_reference.py`."]
    for kind, title in (("report", "Reports"), ("segment", "Segments"), ("check", "Checks")):
        lines += ["", f"## {title}"]
        for query in catalogue.all(kind):
            header = query.header
            lines += ["", f"### `{query.name}`: {header.title}", ""]
            if header.question:
                lines += [f"*{header.question}*", ""]
            lines += [f"{header.summary}."]
            if header.params:
                lines += ["", "| parameter | type | default | meaning |", "| --- | --- | --- | --- |"]
                for name, parameter in header.params.items():
                    default = "" if parameter.default is None else f"`{cell(parameter.default)}`"
                    lines.append(f"| `{name}` | {parameter.type} | {default} | {cell(allowed(parameter))} |")
            if header.columns:
                lines += ["", "| column | type | title | meaning |", "| --- | --- | --- | --- |"]
                for name, column in header.columns.items():
                    said = [column.unit, column.help, "masked unless `--show-pii`" if name in header.pii else ""]
                    about = cell("; ".join(part for part in said if part))
                    lines.append(f"| `{name}` | {column.type} | {cell(column.title or '')} | {about} |")
            lines += ["", " ".join(facts(query))]
    return "\n".join(lines) + "\n"


def allowed(parameter: Any) -> str:
    """Return what a parameter means and which values it takes."""
    said = [parameter.help or ""]
    if parameter.required:
        said.append("must be given")
    if parameter.choices:
        said.append("one of " + ", ".join(f"`{choice}`" for choice in parameter.choices if choice != ""))
    if parameter.choices_query:
        said.append(f"values as `{parameter.choices_query}` lists them")
    if parameter.min is not None and parameter.max is not None:
        said.append(f"{parameter.min:,} to {parameter.max:,}")
    return "; ".join(part for part in said if part)


def facts(query: Any) -> Iterator[str]:
    """Yield what else there is to know of a saved question, in sentences."""
    header = query.header
    if query.kind == "check":
        yield f"Severity: {header.severity}."
    yield f"Category {header.category}, revision {header.revision}, {header.maturity}."
    yield f"Rows are told apart by {', '.join(f'`{name}`' for name in header.key)}."
    if header.needs:
        yield f"Needs {', '.join(f'`{name}`' for name in header.needs)}."


def measures() -> str:
    """Return the page of all measures."""
    from influence.measures import MEASURES

    lines = [
        "# Measures",
        "",
        "Generated from the code by `tools/write_reference.py`. A measure that does not apply to a customer, or for",
        "which the evidence is too thin, has no value; it is never zero instead.",
    ]
    for group in dict.fromkeys(measure.group for measure in MEASURES):
        lines += ["", f"## {group.capitalize()}", "", "| measure | of | unit | meaning |", "| --- | --- | --- | --- |"]
        for measure in MEASURES:
            if measure.group == group:
                about = f"**{measure.title}.** {measure.definition}"
                lines.append(f"| `{measure.name}` | {measure.on} | {cell(measure.unit)} | {cell(about)} |")
    return "\n".join(lines) + "\n"


PAGES = {"cli.md": command_line, "settings.md": settings, "saved-queries.md": saved_queries, "measures.md": measures}


def main() -> int:
    """Write all pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
