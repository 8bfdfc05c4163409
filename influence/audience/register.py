"""One export as it stands on record, for people and for machines."""

from __future__ import annotations

import json
from typing import Any, Final

from influence.audience.record import Recorded

__all__ = ["described", "told"]

SECTIONS: Final = {
    "What": ("id", "status", "segment", "revision", "params", "platform", "rule_set", "run"),
    "When and by whom": ("created_at", "made_by", "refresh_by"),
    "People": (
        "selected",
        "not_in_graph",
        "opted_out",
        "closed",
        "no_contact",
        "no_consent",
        "suppressed",
        "no_usable_identifier",
        "held_out",
        "written",
    ),
    "Control group": ("holdout", "seed"),
}
"""Properties of the record in the order in which they are told."""


def described(found: Recorded) -> dict[str, Any]:
    """Return a record as JSON values."""
    properties = dict(sorted(found.properties.items()))
    names, digests = properties.pop("files", []), properties.pop("digests", [])
    properties["params"] = json.loads(properties.get("params") or "{}")
    return {
        "schema_version": 1,
        **properties,
        "files": [{"name": name, "sha256": digest} for name, digest in zip(names, digests, strict=True)],
        "still_known": {"written": found.still_sent, "held_out": found.still_held_out},
    }


def told(found: Recorded) -> str:
    """Return a record in lines for people; what is unknown or zero is left out."""
    values = described(found)
    files = values.pop("files")
    still = values.pop("still_known")
    del values["schema_version"]
    values["params"] = ", ".join(f"{name} {value}" for name, value in values["params"].items() if value != "")
    wide = max(map(len, values))
    blocks = []
    for title, names in SECTIONS.items():
        lines = [line(name, values[name], wide) for name in names if values.get(name) not in (None, "", 0, 0.0)]
        blocks.append("\n".join([title, *lines]))
    if values.get("written", 0) != still["written"] or values.get("held_out", 0) != still["held_out"]:
        blocks.append(f"Still known: {still['written']:,} of the file, {still['held_out']:,} held out")
    blocks.append("\n".join(["Files", *(f"  {file['name']}\n    SHA-256 {file['sha256']}" for file in files)]))
    return "\n\n".join(blocks) + "\n"


def line(name: str, value: Any, wide: int) -> str:
    """Return one property for people."""
    shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return f"  {name.replace('_', ' '):<{wide}}  {f'{value * 100:g} %' if name == 'holdout' else shown}"
