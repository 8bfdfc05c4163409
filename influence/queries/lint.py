"""All rules on all saved files, every finding at once; needs no database."""

from __future__ import annotations

from pathlib import Path

from influence.queries.catalogue import Library, SavedQuery
from influence.queries.findings import Finding
from influence.queries.header import KINDS, Kind
from influence.queries.rules import QUESTIONS, RULES, Context, Source, schema_keys
from influence.queries.shape import Statement

__all__ = ["lint", "refusals"]


def lint(library: Library) -> list[Finding]:
    """Check every saved file of a library.

    Args:
        library: The folders; a file that hides another of its name is checked like it.

    Returns:
        All findings, sorted by file and line; empty when all is well.
    """
    context = known(library)
    found: list[Finding] = []
    homes: dict[tuple[Path, str], Path] = {}
    for path in library.files():
        query = library.read(path)
        if isinstance(query, list):
            found.extend(query)
            continue
        other = homes.setdefault((path.parent.parent, f"{query.kind} {query.name}"), path)
        if other != path:
            text = f"`{query.name}` is also in `{other.parent.name}/`; names of a kind are unique"
            found.append(Finding(query.file, 1, "IC001", text))
        source = Source(
            query, path.read_bytes().decode("utf-8"), Statement(query.text, query.line), query.kind in QUESTIONS
        )
        for rule in RULES:
            if query.kind in rule.kinds:
                found.extend(rule.findings(source, context))
    return sorted(set(found))


def refusals(query: SavedQuery) -> list[Finding]:
    """Return the findings for which a saved file is not run as a question, whatever the server says of it.

    An `internal` file that a question names (its population, its choices) is held to the same.
    """
    source = Source(query, query.text, Statement(query.text, query.line), True)
    context = Context(frozenset(), {}, {})
    return sorted(finding for rule in RULES if rule.wall for finding in rule.findings(source, context))


def known(library: Library) -> Context:
    """Return what the rules may know of the library besides one file."""
    read = {kind: [library.read(path) for path in library.paths(kind).values()] for kind in KINDS}
    valid: dict[Kind, list[SavedQuery]] = {
        kind: [query for query in queries if isinstance(query, SavedQuery)] for kind, queries in read.items()
    }
    return Context(
        constrained=frozenset(key for query in valid["schema"] for key in schema_keys(query.text)),
        internal={query.name: query for query in valid["internal"]},
        names={kind: [query.name for query in queries] for kind, queries in valid.items()},
    )
