"""The server loads what the saved queries call: a missing name shows here, not on a customer's machine."""

from __future__ import annotations

import re
from pathlib import Path

from influence.server.config import PROCEDURE_ALLOW_LIST

ROOT = Path(__file__).parents[3]
CALL = re.compile(r"\bgds(?:\.[A-Za-z0-9]+)+(?=\s*\()")


def test_every_gds_call_of_the_saved_queries_is_on_the_allow_list() -> None:
    called = {
        name
        for path in (ROOT / "cypher").rglob("*.cypher")
        for name in CALL.findall(re.sub(r"//.*", "", path.read_text(encoding="utf-8")))
    }
    assert called - set(PROCEDURE_ALLOW_LIST) == set()
    assert "gds.graph.project" in called  # the pattern finds calls at all
