"""Plans: what is right is read, what is wrong is named with line and way out, and nothing ends in a traceback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influence.errors import UsageProblem
from influence.job.plan import Content, Plan, check_plan, init_plan, parse_plan, read_plan
from influence.queries import library
from influence.toml import key_lines

WHOLE = """
name = "nightly"
time_limit = "2h"

[[load]]
folder = "extract"
as_of = 2026-06-30
sweep = true
sweep_max = "10%"

[[load]]
folder = "/elsewhere"

[compute]
window = "14d"

[check]
fail_on = "warn"

[reports]
folder = "out"
names = ["super-connectors", "brokers"]
formats = ["csv", "parquet"]
[reports.params.brokers]
limit = 5

[[segment]]
name = "super-connectors"
out = "segments/all.csv"

[[report]]
name = "brokers"
out = "out/few-brokers.html"
params = { limit = 3 }

[[audience]]
segment = "super-connectors"
to = "google"
contacts = "contacts.csv"
consent_column = "consent"
out = "ads"
holdout = 0.1

[retention]
older_than = "1095d"
only = ["contacts"]

[prune]
keep = 2
older_than = "90d"
"""


def parsed(text: str, folder: Path = Path("/plans")) -> Plan:
    return parse_plan(text.encode(), folder / "plan.toml")


def refused(text: str) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        parsed(text)
    assert caught.value.exit_code == 2 and caught.value.hint
    return [str(finding) for finding in caught.value.details.get("findings", [caught.value.message])]


def test_plan_when_sound_then_paths_are_relative_to_it_and_options_are_typed() -> None:
    plan = parsed(WHOLE)
    content = plan.content
    assert plan.time_limit == 7200
    assert [one.folder for one in content.load] == [Path("/plans/extract"), Path("/elsewhere")]
    options = content.load[0].options(Path("/home"))
    assert (options.sweep, options.sweep_max, options.home) == (True, 0.1, Path("/home"))
    assert options.as_of is not None and options.as_of.isoformat() == "2026-06-30T00:00:00+00:00"
    assert content.compute is not None and content.compute.options().window_days == 14
    assert content.audience[0].request().holdout == 0.1
    assert content.report[0].out == Path("/plans/out/few-brokers.html") and content.report[0].params == {"limit": 3}
    assert content.retention is not None and content.retention.only == ["contacts"]
    assert plan.summary == Path("/plans/run-summary.json")


def test_plan_when_a_key_is_unknown_then_its_line_and_the_closest_one_are_named() -> None:
    assert refused('name = "x"\n\n[compute]\nwindo = "14d"\n') == [
        "plan.toml:4  unknown key `compute.windo`; did you mean `window`?"
    ]
    assert refused('name = "x"\n[[load]]\nfolder = "a"\n[[load]]\nfolder = "b"\nsweeep = true\n') == [
        "plan.toml:6  unknown key `load[2].sweeep`; did you mean `sweep`?"
    ]
    assert "did you mean `compute`?" in refused('name = "x"\n[comput]\n')[0]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[compute]\n", "", "`name` is missing"),
        ('name = "x"\n[[load]]\nsweep = true\n', ":2", "`load[1].folder` is missing"),
        ('name = "x"\n[compute]\nseed = "42"\n', ":3", "`compute.seed`: input should be a valid integer"),
        ('name = "x"\n[compute]\nwindow = "a month"\n', ":3", "`compute.window`: is not a length of time"),
        ('name = "x"\n[compute]\nwindow = "0d"\n', ":3", "`compute.window`: must be above zero; write it like `window"),
        ('name = "x"\n[compute]\nactivity = "0d"\n', ":3", "`compute.activity`: must be above zero; write it like `ac"),
        ('name = "x"\n[compute]\nhorizon = "1d"\n', ":3", "`compute.horizon`: is shorter than a month"),
        ('name = "x"\n[compute]\nhorizon = "9999d"\n', ":2", "`compute`: `horizon` cannot be used; a horizon from"),
        ('name = "x"\n[compute]\nlapse = "soon"\n', ":3", "`compute.lapse`: is not a length of time"),
        ('name = "x"\n[compute]\np_two = 1.5\n', ":3", "`compute.p_two`: input should be less than or equal to 1"),
        ('name = "x"\n[compute]\nprogramme_cost = inf\n', ":3", "`compute.programme_cost`: input should be a finite"),
        ('name = "x"\n[retention]\n', ":2", "`retention.older_than` is missing"),
        ('name = "x"\n[retention]\nolder_than = "0d"\n', ":3", "`retention.older_than`: must be above zero"),
        ('name = "x"\n[retention]\nolder_than = "9999w"\n', ":3", "`retention.older_than`: is not a length of time"),
        ('name = "x"\n[retention]\nolder_than = "1d"\nonly = ["all"]\n', ":4", "`all` is no kind of record; there are"),
        ('name = "x"\n[prune]\nolder_than = "old"\n', ":3", "`prune.older_than`: is not a length of time"),
        ('name = "x"\n[[report]]\nname = "a"\nout = "a.pdf"\n', ":4", "must end in one of .csv"),
        ('name = "x"\n[[report]]\nname = "a"\nout = "a.json"\nraw = true\n', ":5", "`report[1].raw` is for CSV"),
        ('name = "x"\n[[load]]\nfolder = "a"\nvia = "magic"\n', ":4", "'auto', 'batches' or 'import'"),
        ('name = "x"\n[compute]\nas_of = 2026-02-30\n', ":3", "not valid TOML"),
        ('name = "x"\ntime_limit = "0s"\n[compute]\n', ":2", "above zero"),
        ('name = "x"\ntime_limit = "soon"\n[compute]\n', ":2", "length of time"),
        ('name = "x"\n[prune]\nkeep = 0\n[compute]\n', ":3", "greater than or equal to 1"),
        ('name = "x"\n[prune]\nkeep = true\n[compute]\n', ":3", "`prune.keep`: input should be a valid integer"),
        ('name = "x"\n[check]\nfail_on = "maybe"\n', ":3", "'warn', 'error' or 'never'"),
        ('name = "x"\n[[load]]\nfolder = "a"\nonly = ["custmers"]\n', ":2", "no dataset named `custmers`"),
        (
            'name = "x"\n[[load]]\nfolder = "a"\nmax_rejects = "lots"\n',
            ":4",
            "`load[1].max_rejects`: `lots` is no share",
        ),
        ('name = "x"\n[[load]]\nfolder = "a\\u0000b"\n', ":3", "must be a path"),
        ('name = "x"\n[[segment]]\nname = "a"\nout = "a.xls"\n', ":4", "must end in one of .csv"),
        ('name = "../x"\n[compute]\n', ":1", "`name`"),
        ('name = "x"\n', "", "nothing to do"),
        ("name = x\n", ":1", "not valid TOML"),
        ('name = "x"\nseed = ' + "9" * 5000 + "\n", "", "a number is too long"),
        ('name = "x"\nload = ' + "[" * 20_000, "", "not"),
        (f'name = "x"\n[[load]]\nfolder = "{"ä" * 128}"\n', ":3", "`load[1].folder`: is longer than a path can be"),
        (f'name = "x"\n[[load]]\nfolder = "a"\nmapping = "{"a/" * 3000}"\n', ":4", "is longer than a path can be"),
        (f'name = "x"\nsummary = "{"a" * 256}"\n[compute]\n', ":2", "`summary`: is longer than a path can be"),
        ('name = "x"\n' + ".".join("a" * 20_000) + " = 1\n", ":2", "a line has more than 100 dots"),
        ('name = """x\n[' + " " * 500_000 + "\n" + " " * 400_000 + '\n"""\n', ":1", "`name`"),
        ('name = "x"\n' + "".join(f"k{i} = 1\n" for i in range(9000)), "", "8900 more problems"),
    ],
)
def test_plan_when_wrong_then_says_what_and_where(text: str, line: str, says: str) -> None:
    found = refused(text)
    assert any(says in finding for finding in found), found
    if line:
        assert any(finding.startswith(f"plan.toml{line}  ") for finding in found), found


def test_plan_when_an_option_does_not_fit_the_receiver_then_refused_before_any_work() -> None:
    text = WHOLE.replace('to = "google"', 'to = "google"\nnull = "clear"')
    assert "only Salesforce" in refused(text)[0]


def test_plan_when_a_column_of_the_contact_file_has_no_such_name_then_the_closest_is_named() -> None:
    text = WHOLE.replace('to = "google"', 'to = "google"\ncolumns = { emial = "E-mail" }')
    assert "`audience[1].columns`: there is no column `emial`; did you mean `email`?" in refused(text)[0]


def test_plan_when_a_value_does_not_fit_then_told_in_words_of_the_plan_and_not_of_the_command_line() -> None:
    found = refused(WHOLE.replace('to = "google"', 'to = "google"\nvalue_column = "x"\nkey = "id"'))
    assert found and not any("--" in finding for finding in found)


def test_plan_when_two_outputs_share_a_place_then_refused() -> None:
    twice = '\n[[segment]]\nname = "b"\nout = "{}"\n'
    text = 'name = "x"' + twice.format("a.csv") + twice.format("./a.csv")
    assert "is written by `segment[1]` already" in refused(text)[0]
    text = 'name = "x"\n[reports]\nfolder = "o"\nnames = ["b"]\n[[report]]\nname = "b"\nout = "o/b.csv"\n'
    assert "`report[1].out` is written by `reports` already" in refused(text)[0]


@pytest.mark.parametrize(
    ("section", "line", "place"),
    [
        ('[[report]]\nname = "brokers"\nout = "site/top.csv"', 6, "report[1].out"),
        ('[[segment]]\nname = "brokers"\nout = "x/../site/lists/top.csv"', 6, "segment[1].out"),
        ('[[audience]]\nsegment = "brokers"\nto = "meta"\ncontacts = "c.csv"\nconsent_column = "c"\nout = "site"', 9,
         "audience[1].out"),
        ('[reports]\nfolder = "site"\nnames = ["brokers"]', 5, "reports.folder"),
        ('[[load]]\nfolder = "extract"\nrejects_dir = "site/rejects"', 6, "load[1].rejects_dir"),
    ],
)  # fmt: skip
def test_plan_when_an_output_lies_in_the_folder_of_pages_then_refused(section: str, line: int, place: str) -> None:
    (found,) = refused(f'name = "x"\n[pages]\nfolder = "site"\n{section}\n')
    assert (
        found == f"plan.toml:{line}  `{place}` lies in `pages.folder`, which holds pages alone; give it a place outside"
    )


def test_plan_when_the_summary_lies_in_the_folder_of_pages_then_refused() -> None:
    assert "plan.toml:2  `summary` lies in" in refused('name = "x"\nsummary = "o/s.json"\n[pages]\nfolder = "o"\n')[0]
    assert "plan.toml:3  `summary` lies in" in refused('name = "x"\n[pages]\nfolder = "."\n')[0]


def test_plan_when_the_folder_of_pages_lies_below_a_file_then_refused_and_below_a_folder_of_files_not() -> None:
    text = 'name = "x"\n[pages]\nfolder = "{}"\n[reports]\nfolder = "o"\nnames = ["brokers"]\n'
    (found,) = refused(text.format("o/brokers.csv/pages"))
    assert "plan.toml:3  `pages.folder` lies below a file of `reports.folder`" in found
    parsed(text.format("o/pages"))


def test_plan_when_parameters_are_for_no_listed_report_then_refused() -> None:
    text = WHOLE.replace("[reports.params.brokers]", "[reports.params.broker]")
    assert "`reports.names` does not list" in refused(text)[0]


def test_check_when_names_parameters_or_files_are_wrong_then_all_of_it_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "extract").mkdir()
    text = WHOLE.replace("brokers", "brokrs").replace('name = "super-connectors"', 'name = "super-conectors"')
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem) as caught:
        check_plan(read_plan(path), library())
    found = "\n".join(caught.value.details["findings"])
    assert "`reports.names[2]`" in found and "did you mean `brokers`" in found
    assert "`segment[1].name`" in found and "did you mean `super-connectors`" in found
    assert "no such folder: `/elsewhere`" in found and "no such file" in found
    assert "extract`" not in found
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        'name="x"\n[reports]\nfolder="o"\nnames=["brokers"]\n[reports.params.brokers]\nlimit="many"\n', encoding="utf-8"
    )
    with pytest.raises(UsageProblem, match="1 problem") as caught:
        check_plan(read_plan(wrong), library())
    assert "`limit` is not a whole number" in caught.value.details["findings"][0]


def written(folder: Path, text: str, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(f'name = "x"\n{text}', encoding="utf-8")
    return path


def found_by_check(path: Path) -> str:
    with pytest.raises(UsageProblem) as caught:
        check_plan(read_plan(path), library())
    return "\n".join(caught.value.details["findings"])


def test_check_when_files_of_settings_are_missing_or_wrong_then_named_with_their_keys(tmp_path: Path) -> None:
    text = '[compute]\nambassador_weights = "weights.toml"\nnext_steps = "steps.toml"\nlead_weights = "leads.toml"\n'
    path = written(tmp_path, text, weights="[weights]\n", leads="[weights]\nlead = 1.0\n")
    assert "plan.toml:4  `compute.next_steps`: no such file" in found_by_check(path)
    written(
        tmp_path, text, weights="[weights]\nmoney = 1\nreferral = -1\n", steps="[[rule]]\n", leads="[weights]\nlead = 2"
    )
    found = found_by_check(path)
    assert "plan.toml:3  `compute.ambassador_weights`: `weights.toml`: unknown factor `money`; the factors are" in found
    assert "`weights.toml`: `referral` is not a number of at least 0" in found
    assert "plan.toml:4  `compute.next_steps`: `steps.toml`: rule 1: `step` is missing" in found
    assert "plan.toml:5  `compute.lead_weights`: `leads.toml`: the lead weights `lead` are not numbers" in found


def test_compute_when_its_files_are_sound_then_they_decide_the_run(tmp_path: Path) -> None:
    text = (
        '[compute]\nlapse = "180d"\nhorizon = "730d"\ndiscount = 0\np_two = 0.5\nacquisition_cost = 25\n'
        'programme_cost = 10.5\nreturn_window = "14d"\nlead_weights = "leads.toml"\nambassador_weights = "weights.toml"\n'
        'activity = "730d"\ndependent_tests = true\n'
    )
    path = written(tmp_path, text, leads="[weights]\nlead = 0.25\n", weights="shortlist = 7\n[weights]\nreferral = 2\n")
    plan = read_plan(path)
    check_plan(plan, library())
    assert plan.content.compute is not None
    options = plan.content.compute.options()
    assert (options.lapse_days, options.terms.months, options.terms.discount, options.terms.p_two) == (180, 24, 0, 0.5)
    assert (options.terms.acquisition_cost, options.terms.programme_cost, options.terms.return_days) == (25, 10.5, 14)
    assert (options.activity_days, options.dependent_tests) == (730, True)
    assert options.terms.lead_weights == {"lead": 0.25}
    assert options.weights is not None and (options.weights.weights, options.weights.shortlist) == (
        {"referral": 2.0},
        7,
    )


def test_check_when_a_picture_is_asked_of_a_report_without_a_chart_then_refused_before_anything_runs(
    tmp_path: Path,
) -> None:
    plain = next(one for one in library().all("report") if one.header.chart is None and not one.header.params)
    drawn = next(one for one in library().all("report") if one.header.chart is not None and not one.header.params)
    text = "".join(f'[[report]]\nname = "{one.name}"\nout = "{one.name}.svg"\n' for one in (plain, drawn))
    found = found_by_check(written(tmp_path, text))
    assert f"`report[1].name`: `{plain.name}` has no chart; write it as csv" in found and "report[2]" not in found
    text = f'[reports]\nfolder = "o"\nnames = ["{plain.name}"]\nformats = ["png"]\n'
    assert "`reports.names[1]`" in found_by_check(written(tmp_path, text))


def test_load_when_the_mapping_is_one_that_comes_with_influence_then_no_file_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "extract").mkdir()
    path = written(tmp_path, '[[load]]\nfolder = "extract"\nmapping = "shopify-customers"\n')
    plan = read_plan(path)
    check_plan(plan, library())
    assert plan.content.load[0].mapping == Path("shopify-customers")
    missing = written(tmp_path, '[[load]]\nfolder = "extract"\nmapping = "shopify-custommers"\n')
    assert "`load[1].mapping`: no such file" in found_by_check(missing)


RENAMED = {"only": "only", "param": "params", "column": "columns", "to": "to"}
LEFT_OUT = {
    "load run": {"dry_run", "output"},  # `job run --dry-run`; the summary
    "compute run": {"output"},
    "check run": {"output"},
    "report run": {"output", "run"},  # the ending of the file; a job hands out the current run
    "report build": {"out", "run"},  # `folder`
    "segment run": {"output", "run"},
    "audience export": {"output", "run"},
    "prune": {"dry_run", "yes"},
    "runs prune": {"yes"},
}
SECTIONS = {
    "load run": "load", "compute run": "compute", "check run": "check", "report run": "report", "report build": "pages",
    "segment run": "segment", "audience export": "audience", "prune": "retention", "runs prune": "prune",
}  # fmt: skip


@pytest.mark.parametrize("command", SECTIONS)
def test_sections_when_compared_with_their_commands_then_no_option_is_missing_and_defaults_agree(command: str) -> None:
    import typer

    from influence.cli.main import app

    found: Any = typer.main.get_command(app)
    for word in command.split():
        found = found.commands[word]
    annotation = Content.model_fields[SECTIONS[command]].annotation
    section = next(one for one in (annotation, *getattr(annotation, "__args__", ())) if hasattr(one, "model_fields"))
    options = {RENAMED.get(one.name, one.name): one for one in found.params if one.name not in LEFT_OUT[command]}
    assert set(options) <= set(section.model_fields), "the plan cannot express it"
    for name, option in options.items():
        field, default = section.model_fields[name], getattr(option.default, "value", option.default)
        if not field.is_required() and default is not None:
            assert field.get_default(call_default_factory=True) == default, name


def test_document_when_it_lists_the_keys_then_all_of_them_and_no_others() -> None:
    text = (Path(__file__).parents[3] / "docs" / "job.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (?:`\[+(\w+)\]+` )?\| `(\w+)` \|", text, flags=re.MULTILINE)
    assert told, "the table was not found"
    known = {("", name) for name in ("format", "name", "time_limit", "summary")}
    for name, field in Content.model_fields.items():
        for one in (field.annotation, *getattr(field.annotation, "__args__", ())):
            known |= {(name, key) for key in getattr(one, "model_fields", {})}
    assert set(told) == known


def test_check_when_an_audience_has_a_name_that_platforms_block_then_refused(tmp_path: Path) -> None:
    own = tmp_path / "cypher" / "segments"
    own.mkdir(parents=True)
    packaged = library().get("segment", "super-connectors").path.read_text(encoding="utf-8")
    (own / "rich-people.cypher").write_text(packaged, encoding="utf-8")
    (tmp_path / "c.csv").touch()
    path = tmp_path / "plan.toml"
    path.write_text(
        'name="x"\n[[audience]]\nsegment="rich-people"\nto="meta"\ncontacts="c.csv"\nconsent_column="c"\nout="o"\n',
        encoding="utf-8",
    )
    with pytest.raises(UsageProblem) as caught:
        check_plan(read_plan(path), library(tmp_path / "cypher"))
    assert "not neutral" in caught.value.details["findings"][0]


def test_example_when_written_then_sound_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "nightly.toml"
    init_plan(path)
    (tmp_path / "extract").mkdir()
    plan = read_plan(path)
    check_plan(plan, library())
    assert plan.content.compute is not None and plan.content.prune is not None
    with pytest.raises(UsageProblem, match="is there already"):
        init_plan(path)


def test_example_when_every_comment_sign_is_removed_then_still_sound(tmp_path: Path) -> None:
    """What stands behind a `#` must work when somebody uncomments it."""
    path = tmp_path / "nightly.toml"
    init_plan(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    opened = [line[2:] if line.startswith("# ") and ("=" in line or line.startswith("# [")) else line for line in lines]
    plan = parsed("\n".join(opened))
    assert plan.content.pages and plan.content.segment and plan.content.audience and plan.content.load[0].sweep


def test_plan_when_missing_or_a_folder_then_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(UsageProblem) as caught:
            read_plan(path)
        assert caught.value.hint and "job init" in caught.value.hint


def test_lines_when_tables_repeat_then_counted_apart() -> None:
    found = key_lines(WHOLE)
    assert found["load", 0, "folder"] == 6 and found["load", 1, "folder"] == 12
    assert found["reports", "params", "brokers", "limit"] == 25


KEYS = st.sampled_from(
    "name time_limit summary load compute check reports segment audience prune format folder window as_of seed "
    "names formats params out to contacts holdout keep sweep_max only nonsense report retention older_than lapse "
    "horizon discount next_steps lead_weights columns raw mapping".split()
)
SCALARS = st.one_of(
    st.booleans().map(lambda value: str(value).lower()),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["inf", "nan", "2026-06-30", "2026-06-30T02:00:00Z", "9999-12-31T23:59:59-12:00", "[]", "{}"]),
    st.sampled_from(["2h", "5%", "~root/x", "~nobody-here/x", "/", "..", "csv", "google", "28d", "0001-01-01"]).map(
        lambda text: f'"{text}"'
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=12).map(
        lambda text: f'"{text}"'
    ),
)
ENTRIES = st.tuples(KEYS, st.one_of(SCALARS, st.lists(SCALARS, max_size=3).map(lambda one: f"[{', '.join(one)}]")))
LINES = st.one_of(
    ENTRIES.map(lambda entry: f"{entry[0]} = {entry[1]}"),
    KEYS.map(lambda key: f"[{key}]"),
    KEYS.map(lambda key: f"[[{key}]]"),
    KEYS.map(lambda key: f"[reports.params.{key}]"),
)


def judged(data: bytes) -> Any:
    try:
        plan = parse_plan(data, Path("/plans/plan.toml"))
        check_plan(plan, library())
        return plan
    except UsageProblem as error:
        assert error.hint
        return error


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=12).map("\n".join))
def test_plan_when_made_of_known_words_then_a_plan_or_a_problem(text: str) -> None:
    judged(text.encode())
    judged(f'name = "x"\n{text}'.encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_plan_when_made_of_any_bytes_then_a_problem(data: bytes) -> None:
    assert isinstance(judged(data), UsageProblem)


def test_plan_when_two_loads_share_a_folder_of_rejects_then_refused() -> None:
    twice = '\n[[load]]\nfolder = "{}"\nbad_rows = "reject"\nrejects_dir = "{}"\n'
    text = 'name = "x"' + twice.format("a", "rejects") + twice.format("b", "./rejects")
    assert refused(text) == [
        "plan.toml:10  `load[2].rejects_dir` is that of `load[1]` already; give it a folder of its own"
    ]
    parsed(text.replace("./rejects", "rejects/b"))
    parsed(text.replace('"reject"', '"error"', 1))  # this one writes none
