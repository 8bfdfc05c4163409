"""What every command shares: the options before the command, the project, and where progress goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influence.progress import Progress
    from influence.project import Project
    from influence.settings import Settings

__all__ = ["GlobalOptions", "options", "progress", "project", "settings", "stopping"]


@dataclass
class GlobalOptions:
    """The options given before the command; `None` means not given."""

    uri: str | None = None
    username: str | None = None
    database: str | None = None
    env_file: Path | None = None
    password_prompt: bool = False
    debug: bool = False


options = GlobalOptions()


def settings(**overrides: object) -> Settings:
    """Return the settings, options of the command line first.

    Args:
        overrides: Further settings by field name, such as `server_line`; `None` means not given.
    """
    from influence.settings import load_settings

    given: dict[str, object] = {
        "uri": options.uri,
        "username": options.username,
        "database": options.database,
        **overrides,
    }
    if options.password_prompt:
        given["password"] = ask_password()
    return load_settings(options.env_file, **given)


def ask_password() -> str:
    """Ask for the password on the terminal.

    Raises:
        UsageProblem: Standard input is no terminal.
    """
    import getpass
    import sys

    from influence.errors import UsageProblem

    if not sys.stdin.isatty():
        raise UsageProblem(
            "`--password-prompt` needs a terminal",
            code="no-terminal",
            hint="set `NEO4J_PASSWORD_FILE` to a file that only you can read",
        )
    return getpass.getpass("Password: ")


def progress() -> Progress:
    """Return where long work reports: drawn on a terminal, only notes elsewhere."""
    from influence.cli.logs import LogProgress, in_json
    from influence.cli.terminal import TerminalProgress

    return LogProgress() if in_json() else TerminalProgress()


@contextmanager
def stopping() -> Iterator[None]:
    """End the process in order on SIGTERM or SIGINT: the running statement is ended on the server, the lease freed.

    What is under way is rolled back; what was committed before stays, and the same command completes it.
    """
    from influence.cli.logs import say
    from influence.stopping import Stopped, stoppable

    try:
        with stoppable(None):
            yield
    except Stopped as stopped:
        say(f"{stopped.text}; give the command again to complete what is missing")
        raise SystemExit(stopped.exit_code) from None


@contextmanager
def project(**overrides: object) -> Iterator[Project]:
    """Open the project for one command and close its connection afterwards, also when it is told to stop."""
    from influence.project import Project

    with stopping(), Project(settings(**overrides), progress()) as opened:
        yield opened
