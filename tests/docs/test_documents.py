"""The documents tell the truth: links lead somewhere, commands parse, nothing that exists is left unsaid."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)")


def prose(page: Path) -> str:
    """Return a page without its code, in which brackets are no links and `#` no heading."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^    .*$", "", text, flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        found.add("#" + re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_when_followed_then_lead_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for target, anchor in LINK.findall(prose(page)):
        goal = (page.parent / target).resolve() if target else page
        if not goal.exists():
            broken.append(target)
        elif anchor and goal.suffix == ".md" and anchor not in anchors(goal):
            broken.append(target + anchor)
    assert broken == []


def test_pages_when_links_are_followed_from_the_index_then_all_are_reached() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        goals = [(page.parent / target).resolve() for target, _ in LINK.findall(prose(page)) if target]
        waiting += [goal for goal in goals if goal.suffix == ".md" and goal.exists()]
    lost = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")} - {
        str(page.relative_to(ROOT)) for page in reached if page.is_relative_to(ROOT)
    }
    assert lost == set(), "link them from docs/index.md or a page that it links to"


CITED = re.compile(r"(?<![\w/.-])(?:docs/)?((?:[a-z-]+/)*[a-z-]+\.md)(?![\w.])")


def test_documents_when_cited_in_code_and_cypher_then_exist() -> None:
    sources = [path for room in ("influence", "cypher") for path in (ROOT / room).rglob("*.*")]
    lost = {
        f"{source.relative_to(ROOT)} cites {name}"
        for source in sources
        if source.suffix in (".py", ".cypher", ".html", ".toml")
        for name in CITED.findall(source.read_text(encoding="utf-8"))
        if not any((ROOT / folder / name).is_file() for folder in ("docs", "."))
    }
    assert lost == set(), "write the document, or name the one that says it"


# ── commands ──────────────────────────────────────────────────────────────


def commands(page: Path) -> Iterator[str]:
    """Yield the `influence …` commands of the code of a page, prompts, comments and what follows a pipe cut off."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|console|text|shell|bash)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    blocks += re.findall(r"^    (influence .*)$", text, flags=re.MULTILINE)
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"\s*(?:\$ )?(influence .+)", line)
            if found and not re.match(r"influence [A-Z(]", found[1]):
                yield re.split(r"\s+#|\s+[|>&;]", found[1])[0].strip()


def find(root: Any, words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that words call, and the words that are left for it."""
    command, rest = root, words
    while getattr(command, "commands", None) is not None:
        while rest and rest[0].startswith("-"):  # an option before the command takes a value unless it is a flag
            flag = next((one for one in command.params if rest[0] in one.opts), None)
            if flag is None:
                return None, rest
            rest = rest[1 if flag.is_flag else 2 :]
        if not rest or rest[0] not in command.commands:
            return (command, rest) if not rest or rest[0] == "--help" else (None, rest)
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def wrong(root: Any, line: str) -> str:
    """Return what is wrong with a command line, or nothing."""
    command, rest = find(root, shlex.split(line)[1:])
    if command is None:
        return f"no such command: {rest[0] if rest else line}"
    options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    positional, expecting = 0, 0
    for word in rest:
        if expecting:
            expecting -= 1
        elif word.startswith("-") and word not in ("-", "--"):
            name, equals, _ = word.partition("=")
            if name == "--help":
                continue
            if name not in options:
                return f"no such option: {name}"
            expecting = 0 if equals or options[name].is_flag else 1
        else:
            positional += 1
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    if expecting:
        return "the last option lacks its value"
    if positional > len(arguments) and not any(one.nargs == -1 for one in arguments):
        return "too many arguments"
    missing = [one.name for one in arguments if one.required][positional:]
    return f"argument {missing[0]} is missing" if missing and "--help" not in rest else ""


@pytest.fixture(scope="module")
def root() -> Any:
    import typer

    from influence.cli.main import app

    return typer.main.get_command(app)


def test_commands_in_code_when_parsed_then_commands_options_and_arguments_exist(root: Any) -> None:
    lines = [(page.relative_to(ROOT), line) for page in PAGES for line in commands(page)]
    assert len(lines) > 40, "the code blocks were not found"
    assert [(str(page), line, told) for page, line in lines if (told := wrong(root, line))] == []


def test_commands_in_sentences_when_parsed_then_commands_and_options_exist(root: Any) -> None:
    lines = [
        (page.relative_to(ROOT), " ".join(line.split()))
        for page in PAGES
        for line in re.findall(r"`(influence [a-z-][^`|…]*)", prose(page))
    ]
    assert len(lines) > 40, "the commands were not found"
    open_ends = ("is missing", "lacks its value")  # a sentence may name a command without what it needs
    found = [(str(page), line, told) for page, line in lines if (told := wrong(root, line))]
    assert [one for one in found if not one[2].endswith(open_ends)] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("influence reprot run x", "no such command: reprot"),
        ("influence report run", "argument name is missing"),
        ("influence report run x --limit 3", "no such option: --limit"),
        ("influence report run x y", "too many arguments"),
        ("influence report run x -p", "the last option lacks its value"),
        ("influence --log-level debug report run x -p a=b -o csv", ""),
    ],
)
def test_a_wrong_command_when_parsed_then_it_is_noticed(root: Any, line: str, told: str) -> None:
    assert wrong(root, line) == told


# ── nothing is left unsaid ────────────────────────────────────────────────


def leaves(command: Any, words: tuple[str, ...] = ("influence",)) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(words), command
    for name, child in (children or {}).items():
        if not child.hidden:
            yield from leaves(child, (*words, name))


def test_reference_when_read_then_every_command_and_option_is_in_it(root: Any) -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    unsaid = []
    for words, command in leaves(root):
        _, heading, rest = text.partition(f"## `{words}`\n")
        section = rest.partition("\n## ")[0]
        unsaid += [] if heading else [words]
        for one in command.params:
            names = one.opts if one.param_type_name == "option" else [one.name.upper()]
            unsaid += [f"{words} {name}" for name in names if name != "--help" and f"`{name}`" not in section]
    assert unsaid == []


def test_reference_when_read_then_every_setting_report_segment_check_and_measure_is_in_it() -> None:
    from influence.measures import MEASURES
    from influence.queries import library
    from influence.settings import Settings

    def page(name: str) -> str:
        return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    saved, measures, settings = page("saved-queries.md"), page("measures.md"), page("settings.md")
    catalogue = library()
    unsaid = [str(field.validation_alias) for field in Settings.model_fields.values()]
    unsaid = [name for name in unsaid if f"`{name}`" not in settings]
    for kind in ("report", "segment", "check"):
        listed = saved.partition(f"\n## {kind.capitalize()}s\n")[2].partition("\n## ")[0]
        for query in catalogue.all(kind):
            _, heading, rest = listed.partition(f"### `{query.name}`")
            section = rest.partition("\n### ")[0]
            unsaid += [] if heading else [f"{kind} {query.name}"]
            names = (*query.header.params, *query.header.columns)
            unsaid += [f"{query.name} {name}" for name in names if f"| `{name}` |" not in section]
    unsaid += [one.name for one in MEASURES if f"| `{one.name}` | {one.on} |" not in measures]
    assert unsaid == []


def test_exit_codes_when_the_front_page_lists_them_then_all_that_errors_have() -> None:
    import influence.errors

    (told,) = re.findall(r"exit codes are an API: (.*?)\(\[all\]", prose(ROOT / "README.md"), flags=re.DOTALL)
    known = {getattr(influence.errors, name).exit_code for name in influence.errors.__all__}
    assert {int(code) for code in re.findall(r"(?:^|,\s+)(\d+) ", told)} == {0, *known}


def test_line_when_the_page_of_the_server_says_who_takes_it_then_those_commands_do(root: Any) -> None:
    assert "All `influence server` commands take `--line 5.26`" in prose(ROOT / "docs" / "server.md")
    taking = {words for words, command in leaves(root) if any("--line" in one.opts for one in command.params)}
    assert {words for words, _ in leaves(root) if words.startswith("influence server ")} <= taking
    assert "influence rebuild" not in taking


def test_reports_page_when_read_then_its_table_leads_to_every_report_and_to_no_other() -> None:
    from influence.queries import library

    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    table = page.partition("\n## Which report answers which question\n")[2].partition("\n## ")[0]
    answers = [row.rstrip("| ").rpartition("|")[2] for row in table.splitlines() if row.startswith("|")]
    named = {name for answer in answers for name in re.findall(r"`([a-z-]+)`", answer)}
    assert named == set(library().names("report"))


def test_demo_page_when_followed_then_it_leads_into_the_projects_of_the_demos() -> None:
    from influence.demo.lastfm_tour import LASTFM
    from influence.demo.shop_tour import SHOP

    page = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    assert f"\n    export INFLUENCE_HOME=.influence/{SHOP.home} " in page
    assert f" .influence/{LASTFM.home} " in page
    assert re.findall(rf"(?<!\.influence/{SHOP.home}/)(?<![-\w]){SHOP.source}/\w+", page) == []
