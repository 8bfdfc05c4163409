"""The reference is generated from the code and is up to date."""

from __future__ import annotations

import importlib.util
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


def test_option_when_listed_then_with_its_values_and_its_default(generator: ModuleType) -> None:
    page = generator.command_line()
    section = page.split("## `influence audience export`")[1].split("\n## ")[0]
    assert "\n| `--to` `<google\\|meta\\|salesforce\\|hubspot>` | Who gets the file. [required] |\n" in section
    assert (
        "\n| `--min-size` `<int range>` | Refuse a file with fewer people (exit code 5). [default: 100; x>=1] |\n"
        in section
    )
    assert "\n| `-p`, `--param` `KEY=VALUE` | " in section


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
