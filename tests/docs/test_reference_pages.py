"""The reference is generated from the code and is up to date; the README tells the truth about commands."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "tools" / "write_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["cli.md", "settings.md", "saved-queries.md", "measures.md"])
def test_reference_page_when_generated_again_then_unchanged(page: str, generator: ModuleType) -> None:
    assert (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8") == generator.PAGES[page](), (
        "run `python tools/write_reference.py`"
    )


def test_every_command_when_shown_then_has_a_summary_and_every_option_a_help_text(generator: ModuleType) -> None:
    import typer

    from influence.cli.main import app

    silent = []
    for words, command in generator.walk(typer.main.get_command(app)):
        if not command.help:
            silent.append(" ".join(words))
        for parameter in command.params:
            if parameter.name != "help" and not getattr(parameter, "help", None):
                silent.append(f"{' '.join(words)} {parameter.name}")
    assert silent == []


def test_commands_in_documents_when_typed_then_exist(generator: ModuleType) -> None:
    import typer

    from influence.cli.main import app

    known = {" ".join(words[1:]) for words, _ in generator.walk(typer.main.get_command(app))}
    groups = {name.split()[0] for name in known}
    unknown = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for match in re.finditer(r"`influence ((?:[a-z0-9-]+ ?){1,2})", page.read_text(encoding="utf-8")):
            words = match.group(1).split()
            if words[0] not in groups or (
                words[0] not in known and len(words) > 1 and " ".join(words[:2]) not in known
            ):
                unknown.append(f"{page.relative_to(ROOT)}: influence {' '.join(words)}")
    assert unknown == []
