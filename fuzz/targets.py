"""One function per parser: it takes any bytes and fails only when the parser breaks a promise.

The promise is always the same: an answer, or an error of `influence.errors` that says what is wrong; never another
exception, never a hang, and normal forms stay as they are when normalised again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, get_args

from influence.audience import google, meta
from influence.audience.contacts import read_contacts, read_suppression
from influence.audience.control import share
from influence.audience.phone import international
from influence.audience.platforms import hubspot_email
from influence.errors import InfluenceError
from influence.job.plan import check_plan, parse_plan
from influence.load.contract import contract
from influence.load.mapping import FileFormat, read_mapping
from influence.load.pseudonym import PseudonymKey, normal_address, normal_device, normal_email, normal_phone
from influence.load.reader import open_rows
from influence.load.table import lay_out, read_table
from influence.progress import Silent
from influence.queries import Library, library
from influence.queries.catalogue import SavedQuery, read_saved
from influence.queries.header import ParameterType
from influence.queries.lint import refusals
from influence.queries.values import parse
from influence.value.referral import lead_weights
from influence.voice.ambassadors import load_rules, load_weights

__all__ = ["TARGETS", "Target"]

Target = Callable[[bytes], None]

NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
SEPARATOR: Final = b"\x00\x00"
"""Between the mapping and the rows of a data set."""


@cache
def folder() -> Path:
    """Return a folder for the files of this process, gone when it ends."""
    global _kept
    _kept = tempfile.TemporaryDirectory(prefix="fuzz-")
    return Path(_kept.name)


_kept: tempfile.TemporaryDirectory[str] | None = None


def written(name: str, data: bytes) -> Path:
    """Write bytes to a file and return it."""
    path = folder() / name
    path.write_bytes(data)
    return path


def saved_query(data: bytes) -> None:
    """A saved Cypher file: header, parameters, and the lint that guards what is run."""
    home = folder() / "reports"
    home.mkdir(exist_ok=True)
    (home / "any-name.cypher").write_bytes(data)
    query = read_saved(home / "any-name.cypher")
    if isinstance(query, SavedQuery):
        refusals(query)
        for given in ({}, {"limit": "5"}, {"nobody": "1"}):
            try:
                query.bind(given)
            except InfluenceError:
                pass
    else:
        assert query, "a file that is no query has a finding"


def parameter(data: bytes) -> None:
    """A parameter as it stands on a command line or in an address."""
    text = data.decode("utf-8", "replace")
    for kind in get_args(ParameterType):
        try:
            parse(kind, text)
        except ValueError as error:
            assert str(error)


def mapping(data: bytes) -> None:
    """A mapping file."""
    try:
        read_mapping(written("mapping.toml", data))
    except InfluenceError:
        pass


FORMATS: Final = tuple(
    FileFormat(encoding=encoding, delimiter=delimiter)
    for delimiter in (",", ";", "\t", "|")
    for encoding in ("utf-8", "cp1252", "utf-16", "utf-16-be", "utf-32", "shift_jis", "gb18030", "cp037")
)
"""How a file of rows may be written; the first is what is read without a mapping."""


def rows(data: bytes) -> None:
    """A CSV file behind the number of its format: every row is in a block or named as ragged, and lines only rise."""
    try:
        layout = FORMATS[data[0] % len(FORMATS)] if data else FORMATS[0]
        file = open_rows(written("customers.csv", data[1:]), layout)
        last = 0
        for block in file.blocks():
            assert all(len(cells) == len(block.lines) for cells in block.cells)
            assert len(block.cells) == len(file.header)
            for line in block.lines.tolist():
                assert line > last
                last = line
    except InfluenceError:
        pass


def dataset(data: bytes) -> None:
    """A mapping and a file of customers or purchases under its contract."""
    first, _, second = data.partition(SEPARATOR)
    name = "purchases" if len(data) % 2 else "customers"
    try:
        found = read_mapping(written("mapping.toml", first))
        chosen = found.files(name)[0] if found.files(name) else found.default
        file = open_rows(written(f"{name}.csv", second), chosen.format)
        layout = lay_out(contract(name), chosen, file)
        key = PseudonymKey(folder() / "pseudonym.key")
        with Silent().task("reading") as task:
            table = read_table(contract(name), chosen, file, layout, now=NOW, key=key, task=task)
        assert all(len(column) == len(table.lines) for column in table.columns.values())
    except InfluenceError:
        pass


NORMAL: Final[Mapping[str, Callable[[str], str | None]]] = {
    "email": normal_email,
    "phone": normal_phone,
    "address": normal_address,
    "device": normal_device,
    "google email": google.email,
    "google phone": google.phone,
    "google first name": google.first_name,
    "google last name": google.last_name,
    "google country": google.country,
    "google postal code": google.postal_code,
    "meta email": meta.email,
    "meta phone": meta.phone,
    "meta name": meta.name,
    "meta city": meta.city,
    "meta country": meta.country,
    "meta postal code": meta.postal_code,
    "meta state": meta.state,
    "meta device": meta.device,
    "meta birth year": meta.birth_year,
    "meta gender": meta.gender,
    "hubspot email": hubspot_email,
}
"""Every rule that brings a contact value into its normal form."""


def contact_value(data: bytes) -> None:
    """A contact value under every rule of every platform: no exception, and a normal form stays as it is."""
    text = data.decode("utf-8", "replace")
    for name, rule in NORMAL.items():
        normal = rule(text)
        assert normal is None or rule(normal) == normal, f"{name}: {text!r} gives {normal!r} gives {rule(normal)!r}"
    for country in ("", "DE", "??"):
        international(text, country)


def contact_file(data: bytes) -> None:
    """A contact file and a suppression list."""
    path = written("people.csv", data)
    try:
        read_contacts(path, "consent", {"ann", "1"})
    except InfluenceError:
        pass
    try:
        read_suppression(path)
    except InfluenceError:
        pass
    try:
        share(data.decode("utf-8", "replace"))
    except InfluenceError:
        pass


@cache
def saved() -> Library:
    """Return the saved files that a plan may name."""
    return library()


def plan(data: bytes) -> None:
    """The plan of a job, read and checked against the saved files and the disk."""
    try:
        check_plan(parse_plan(data, folder() / "plan.toml"), saved())
    except InfluenceError:
        pass


def weights(data: bytes) -> None:
    """The files of weights and rules that a user may replace."""
    path = written("weights.toml", data)
    for read in (lead_weights, load_weights, load_rules):
        try:
            read(path)
        except InfluenceError:
            pass


TARGETS: Final[Mapping[str, Target]] = {
    "saved-query": saved_query,
    "parameter": parameter,
    "mapping": mapping,
    "weights": weights,
    "rows": rows,
    "dataset": dataset,
    "contact-value": contact_value,
    "contact-file": contact_file,
    "plan": plan,
}
"""Name, which is also that of its folder in `fuzz/corpus`, to function."""
