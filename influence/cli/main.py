"""The `influence` command: options for all commands, the commands, and one place where errors become text."""

from __future__ import annotations

import importlib
import json
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from influence import __version__
from influence.cli import context

if TYPE_CHECKING:
    from influence.errors import InfluenceError

__all__ = ["app", "run"]

UNEXPECTED = 70
TERMINATED = 143

app = typer.Typer(
    name="influence",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Who persuades whom, in which topic, through which purchases, and what it is worth.",
    epilog="Start with `influence demo`; then `influence load init DIR` for your own files.",
)

GROUPS = {
    "server": "The local Neo4j server that influence brings along.",
    "schema": "Constraints and indexes of the database.",
    "load": "Customers, friendships, purchases and the rest, from files into the graph.",
    "snapshot": "The arrays that the computations read.",
    "compute": "Compute all scores and publish them as one run.",
    "runs": "Published and earlier runs.",
    "check": "Data quality checks.",
    "report": "Saved questions and their answers.",
    "segment": "Who to talk to: lists of customers with reasons.",
    "audience": "Files that ad platforms and CRM systems accept, for the people of a segment.",
    "customer": "One customer on one page.",
    "world": "Synthetic data with planted truth.",
    "library": "The saved Cypher files.",
    "job": "Everything that a scheduler runs, as one command.",
}

for noun, text in GROUPS.items():
    app.add_typer(importlib.import_module(f"influence.cli.{noun}").app, name=noun, help=text)
for verb in ("demo", "doctor", "evaluate", "erase", "exports", "prune", "rebuild", "serve"):
    importlib.import_module(f"influence.cli.{verb}").register(app)


class Terminated(BaseException):
    """SIGTERM arrived; unwinds like an interrupt so that leases and projections are released."""


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"influence {__version__}")
        raise typer.Exit()


@app.callback()
def main(
    uri: Annotated[
        str | None, typer.Option(help="Bolt address of your Neo4j; default NEO4J_URI, else the local server.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="User name for --uri; default NEO4J_USERNAME.")] = None,
    database: Annotated[str | None, typer.Option(help="Database name; default NEO4J_DATABASE.")] = None,
    env_file: Annotated[Path | None, typer.Option(help="File with NAME=value lines; default .env here.")] = None,
    password_prompt: Annotated[bool, typer.Option("--password-prompt", help="Ask for the password.")] = False,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error; default warning, with json info.")
    ] = None,
    log_format: Annotated[str, typer.Option(help="text or json (one object a line).")] = "text",
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Find the customers who persuade others, and say how it is known."""
    from influence.cli.logs import configure

    context.options.uri = uri
    context.options.username = username
    context.options.database = database
    context.options.env_file = env_file
    context.options.password_prompt = password_prompt
    context.options.debug = debug
    configure(log_level, log_format)


def run() -> None:
    """Run the command line and end the process with the exit code of `influence.errors`."""
    from influence.cli.logs import say
    from influence.errors import InfluenceError

    signal.signal(signal.SIGTERM, on_terminate)
    try:
        app(prog_name="influence")
    except InfluenceError as error:
        trace()
        report(error)
        sys.exit(error.exit_code)
    except Terminated:
        say("ended by SIGTERM")
        sys.exit(TERMINATED)
    except Exception as error:
        trace()
        say(f"error: unexpected {type(error).__name__}: this is a bug in influence")
        if not context.options.debug:
            say("\nhint: run the command again with `influence --debug …` to see where")
        sys.exit(UNEXPECTED)


def trace() -> None:
    """Show where the error under way comes from, when `--debug` asks for it; the exit code stays what it is."""
    if context.options.debug:
        traceback.print_exc()


def on_terminate(number: int, frame: FrameType | None) -> None:
    """Unwind on SIGTERM; a second one ends at once."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated


def report(error: InfluenceError) -> None:
    """Write an error as text, or as one JSON object when the command was asked for JSON."""
    if asked_for_json(sys.argv[1:]):
        sys.stdout.write(json.dumps({"ok": False, "error": error.as_dict()}, default=str) + "\n")
        return
    from influence.cli.logs import report as write

    write(error)


def asked_for_json(arguments: list[str]) -> bool:
    """Tell whether the arguments hold `--output json` in one of its spellings."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(
        one in ("--output=json", "-o=json", "-ojson") or (one in ("-o", "--output") and two == "json")
        for one, two in pairs
    )


if __name__ == "__main__":
    run()
