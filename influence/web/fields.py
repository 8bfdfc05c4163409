"""The parameters of a saved question as fields of a form, and what was sent by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from influence.queries import Parameter, SavedQuery
from influence.queries.findings import closest, shown
from influence.web.links import written

__all__ = ["Field", "Given", "fields", "read"]

INPUTS: Final[Mapping[str, str]] = {"int": "number", "float": "number", "date": "date", "datetime": "datetime-local"}
"""Kind of input by type of parameter; others are text."""
SELECTED: Final = 60
"""Choices up to which they are a drop-down list; more are suggestions of a text field."""
LONG: Final = 12
"""Letters that fit into half a phone."""
SUGGESTED: Final = 2_000
"""Choices that are suggested at most."""


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes:
        name: Name of the parameter.
        label: For people.
        input: Type of the input, or `select`.
        value: Text that it holds.
        options: Value and words of each choice of a `select`.
        suggestions: Values that a text field suggests.
        help: One line, or empty.
        problem: What is wrong with the value, or empty.
        required: Whether there is no answer without it.
        least: Smallest number, or empty.
        most: Largest number, or empty.
        step: Step of a number, or empty.
        placeholder: Example in an empty field.
    """

    name: str
    label: str
    input: str
    value: str
    options: Sequence[tuple[str, str]] = ()
    suggestions: Sequence[str] = ()
    help: str = ""
    problem: str = ""
    required: bool = False
    least: str = ""
    most: str = ""
    step: str = ""
    placeholder: str = ""

    @property
    def broad(self) -> bool:
        """Whether it needs the whole width of a phone."""
        return any(len(words) > LONG for _, words in self.options)


@dataclass(frozen=True)
class Given:
    """What a form or an address sent.

    Attributes:
        texts: Text of each parameter that was given; empty fields are not given.
        values: The typed ones.
        problems: What is wrong, by parameter; nothing is asked of the database then.
        missing: Required parameters that were not given.
    """

    texts: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()

    @property
    def untouched(self) -> bool:
        """Whether nothing was given, as when the page is first opened."""
        return not self.texts and not self.problems


def read(query: SavedQuery, sent: Mapping[str, str]) -> Given:
    """Return the parameters that were sent, typed and checked against the header alone.

    Args:
        query: The question.
        sent: Texts by name.
    """
    declared = query.header.params
    texts = {name: text.strip() for name, text in sent.items() if text.strip()}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in sent:
        if name not in declared:
            guess = closest(name, list(declared))
            problems[shown(name)] = f"is no parameter of this page{f'; did you mean {guess}?' if guess else ''}"
    for name, parameter in declared.items():
        if name in texts:
            try:
                values[name] = parameter.bind(texts[name])
            except ValueError as error:
                problems[name] = str(error).replace("`", "")
    missing = [name for name, parameter in declared.items() if parameter.required and name not in texts]
    return Given(texts, values, problems, missing)


def fields(query: SavedQuery, given: Given, choices: Mapping[str, Sequence[Any]]) -> list[Field]:
    """Return the form of a question with what was given.

    Args:
        query: The question.
        given: What was sent.
        choices: Values allowed, of the parameters for which they are known.
    """
    needed = {} if given.untouched else dict.fromkeys(given.missing, "is needed")
    problems = {**needed, **given.problems}
    return [
        made(name, parameter, given.texts.get(name), problems.get(name, ""), choices.get(name))
        for name, parameter in query.header.params.items()
    ]


def made(name: str, parameter: Parameter, text: str | None, problem: str, choices: Sequence[Any] | None) -> Field:
    """Return one field."""
    default = "" if parameter.default is None else written(parameter.default)
    value = default if text is None else text
    listed = parameter.type.startswith("list[")
    many = "several are separated by commas" if listed else ""
    kind = INPUTS.get(parameter.type, "text")
    options: list[tuple[str, str]] = []
    suggestions: list[str] = []
    if parameter.type == "bool":
        options = [("true", "yes"), ("false", "no")]
    elif choices is not None and not listed:
        found = list(dict.fromkeys(written(choice) for choice in choices if choice is not None))
        if len(found) <= SELECTED:
            options = [(one, one) for one in found]
        else:
            kind, suggestions = "text", found[:SUGGESTED]
    if options:
        kind = "select"
        if parameter.required and not any(one == "" for one, _ in options):
            options.insert(0, ("", "choose one"))
        elif not default:
            options = [("", "all"), *(pair for pair in options if pair[0])]
        if value not in [one for one, _ in options]:
            options.append((value, value))
    elif problem:
        kind = "text"  # other inputs would not show again what was typed
    numeric = kind == "number"
    if kind == "datetime-local":
        value = value.removesuffix("Z")
    return Field(
        name=name,
        label=name.replace("_", " ").capitalize(),
        input=kind,
        value=value,
        options=options,
        suggestions=suggestions,
        help=". ".join(part for part in (parameter.help, many) if part),
        problem=problem,
        required=parameter.required,
        least=written(parameter.min) if numeric and parameter.min is not None else "",
        most=written(parameter.max) if numeric and parameter.max is not None else "",
        step=("1" if parameter.type == "int" else "any") if numeric else "",
        placeholder="28d" if parameter.type == "duration" else "",
    )
