"""How a command answers that speaks either to people or to machines."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["Format", "FormatOption"]


class Format(StrEnum):
    """How the answer is written."""

    table = "table"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--output", "-o", help="table for people, json for machines.")]
