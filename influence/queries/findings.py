"""What is wrong with a saved file, and how all of it is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from influence.errors import LibraryError

__all__ = ["Finding", "closest", "library_error", "shown"]


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule in one place.

    Attributes:
        file: File, relative to the library's folder (`reports/top-persuaders.cypher`).
        line: Line in the file, from 1.
        rule: `IC001` to `IC007`.
        text: What is wrong, lower case, names in back-ticks.
        hint: Lines that can be pasted into the file, or an empty string.
    """

    file: str
    line: int
    rule: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        """Return `file:line  rule  text` on one line that cannot steer a terminal: the text may quote the file."""
        told = f"{self.file}:{self.line}  {self.rule}  {self.text}"
        return "".join(letter if letter.isprintable() else "?" for letter in told)


def library_error(findings: Sequence[Finding]) -> LibraryError:
    """Return the error that carries every finding in `details["findings"]`, sorted by file and line."""
    ordered = sorted(findings)
    files = len({finding.file for finding in ordered})
    heading = f"{counted(len(ordered), 'problem')} in {counted(files, 'saved file')}"
    hints = [finding.hint for finding in ordered if finding.hint]
    return LibraryError(
        heading,
        hint=hints[0] if len(hints) == 1 else "`influence library lint` lists them all, each with lines to paste",
        findings=ordered,
    )


def counted(number: int, noun: str) -> str:
    """Return "1 problem" or "2 problems"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def closest(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that looks most like `name`, upper or lower case alike, or `None` when none does."""
    spelt = {other.lower(): other for other in known}
    found = get_close_matches(name.lower()[:100], spelt, n=1, cutoff=0.6)
    return spelt[found[0]] if found else None


def shown(name: str, limit: int = 60) -> str:
    """Return a name from outside so that it is safe in a message: no control characters, no back-ticks, short."""
    safe = "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in name[:limit])
    return safe + "…" if len(name) > limit else safe
