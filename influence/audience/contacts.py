"""The contact file of the day: who agreed, and how they can be reached. Never stored, never shown."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from influence.audience import google, meta
from influence.audience.hashing import is_sha256, sha256, stripped
from influence.audience.phone import international
from influence.errors import DataRejected, UsageProblem
from influence.load.mapping import FileFormat
from influence.load.reader import open_rows
from influence.load.values import FALSE, TRUE

__all__ = [
    "COLUMNS",
    "Contact",
    "Contacts",
    "Suppression",
    "known_columns",
    "known_hashes",
    "read_contacts",
    "read_suppression",
]

MOST: Final = 3
"""E-mail addresses and phone numbers of one person that are read: `email`, `email_2`, `email_3`."""

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "first_name": ("first_name", "firstname"),
    "last_name": ("last_name", "lastname"),
    "country": ("country",),
    "postal_code": ("postal_code", "zip"),
    "city": ("city",),
    "state": ("state",),
    "device": ("device", "madid"),
    "birth": ("birth", "birth_date", "birthday", "dob", "birth_year", "doby"),
    "gender": ("gender", "gen"),
}
"""What else is read of a person, and the names its column may have."""

SPREADSHEET_TEXT: Final = re.compile(r"^'(?=[0-9+])")
"""The sign some shops put before numbers and phone numbers so that a spreadsheet leaves them alone."""

NOT_OPTED_OUT: Final = frozenset(("", *FALSE, "n", "f", "0.0"))
"""What a cell says of somebody who did not opt out; a table with gaps writes 0 as 0.0."""


@dataclass(frozen=True)
class Contact:
    """One person of the contact file.

    Attributes:
        consented: Whether the consent column says yes; an empty or unknown word is no.
        opted_out: Whether the file says that the person opted out; any word but an explicit no says so.
        emails: Addresses as they stand in the file, one per column, empty for none.
        phones: Numbers as they stand in the file, one per column, empty for none.
        details: Further cells by the keys of `COLUMNS`; a column that the file lacks is empty.
    """

    consented: bool
    opted_out: bool
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    details: tuple[str, ...]

    def detail(self, name: str) -> str:
        """Return one of the cells of `COLUMNS`."""
        return self.details[list(COLUMNS).index(name)]


@dataclass(frozen=True)
class Contacts:
    """The people of a contact file who were asked for.

    Attributes:
        people: Contacts by customer id.
        emails: How many columns hold e-mail addresses.
        phones: How many columns hold phone numbers.
        details: Which keys of `COLUMNS` have a column.
        sha256: Digest of the file.
    """

    people: dict[str, Contact]
    emails: int
    phones: int
    details: frozenset[str]
    sha256: str


def known_columns() -> tuple[str, ...]:
    """Return the names by which the columns of a contact file are known here."""
    return ("customer_id", *numbered("email"), *numbered("phone"), *COLUMNS, "opted_out")


def read_contacts(
    path: Path, consent_column: str, wanted: Container[str], columns: Mapping[str, str] | None = None
) -> Contacts:
    """Read the contacts of some customers.

    Args:
        path: CSV or Parquet with a column `customer_id`; the customers file that was loaded will do.
        consent_column: Column that says whether the person agreed to this use.
        wanted: Customers whose rows are kept; all others are forgotten at once.
        columns: What columns are called in this file, by the names of `known_columns`; others have their own name.

    Raises:
        UsageProblem: The file cannot be read, or lacks the id, the consent or a named column.
        DataRejected: It is no table, a needed column is of a type that no cell can have, or one customer has two rows
            that differ.
    """
    rows = open_rows(path, FileFormat())
    places = {name.casefold(): place for place, name in enumerate(rows.header)}

    def needed(name: str) -> int:
        position = places.get(name.strip().casefold())
        if position is None:
            raise UsageProblem(
                f"`{path.name}` has no column `{name}`",
                code="contact-column-missing",
                hint=f"its columns are {', '.join(f'`{header}`' for header in rows.header)}; "
                "name one with `--column customer_id=…`",
            )
        return position

    def place(*names: str) -> int | None:
        if columns and names[0] in columns:
            return needed(columns[names[0]])
        return next((places[name] for name in names if name in places), None)

    require_known(columns or {})
    identity = needed((columns or {}).get("customer_id", "customer_id"))
    consent = needed(consent_column)
    opted = place("opted_out")
    emails = [found for found in map(place, numbered("email")) if found is not None]
    phones = [found for found in map(place, numbered("phone")) if found is not None]
    others = [place(*names) for names in COLUMNS.values()]
    needed_places = {found for found in (identity, consent, opted, *emails, *phones, *others) if found is not None}
    people: dict[str, Contact] = {}
    for block in rows.blocks(needed_places):
        ids = [plain(customer) for customer in block.cells[identity].to_pylist()]
        chosen = [row for row, customer in enumerate(ids) if customer in wanted]

        def cells(column: int | None, block: object = block) -> list[str] | None:
            return None if column is None else block.cells[column].to_pylist()  # type: ignore[attr-defined]

        agreed, refused = cells(consent), cells(opted)
        reach = [[cells(column) for column in group] for group in (emails, phones, others)]
        for row in chosen:
            contact = Contact(
                yes(agreed, row),
                refused is not None and plain(refused[row]).casefold() not in NOT_OPTED_OUT,
                *(tuple("" if cell is None else plain(cell[row]) for cell in group) for group in reach),
            )
            customer = ids[row]
            if people.setdefault(customer, contact) != contact:
                raise DataRejected(
                    f"`{path.name}` {rows.place} {int(block.lines[row]):,}: this customer has another row that differs",
                    code="contacts-contradict",
                    hint="leave one row per customer: which consent counts cannot be guessed",
                    line=int(block.lines[row]),
                )
    details = frozenset(name for name, position in zip(COLUMNS, others, strict=True) if position is not None)
    return Contacts(people, len(emails), len(phones), details, rows.sha256)


def require_known(columns: Mapping[str, str]) -> None:
    """Refuse to name columns that are not read.

    Raises:
        UsageProblem: Names them and those that are read.
    """
    unknown = [name for name in columns if name not in known_columns()]
    if unknown:
        raise UsageProblem(
            f"`{unknown[0]}` is no column of a contact file",
            code="contact-column-unknown",
            hint=f"columns are {', '.join(known_columns())}",
        )


def plain(cell: str) -> str:
    """Return a cell without surrounding blanks and without the sign that keeps a spreadsheet off a number."""
    return SPREADSHEET_TEXT.sub("", cell.strip())


def numbered(name: str) -> list[str]:
    """Return the names of the columns for several values: email, email_2, email_3."""
    return [name, *(f"{name}_{number}" for number in range(2, MOST + 1))]


def yes(column: Sequence[str] | None, row: int) -> bool:
    """Tell whether a cell says yes in so many words."""
    return column is not None and column[row].strip().casefold() in TRUE


@dataclass(frozen=True)
class Suppression:
    """Who must not be reached.

    Attributes:
        ids: Customer ids, and whatever else the file lists that is no hash.
        hashes: SHA-256 of e-mail addresses or phone numbers, as any of the platforms makes them.
    """

    ids: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()

    def names(self, customer: str, contact: Contact) -> bool:
        """Tell whether the list names a customer, by id or by the hash of a contact value."""
        return customer in self.ids or (bool(self.hashes) and not self.hashes.isdisjoint(known_hashes(contact)))


def known_hashes(contact: Contact) -> Iterator[str]:
    """Yield every hash by which any platform knows a person, so also those of any suppression list."""
    for address in contact.emails:
        if is_sha256(stripped(address)):
            yield stripped(address).lower()
        for normal in (google.email(address), meta.email(address)):
            if normal:
                yield sha256(normal)
    for number in contact.phones:
        if is_sha256(stripped(number)):
            yield stripped(number).lower()
        full = international(number, contact.detail("country"))
        for normal in (google.phone(full), meta.phone(full)) if full else ():
            if normal:
                yield sha256(normal)


def read_suppression(path: Path) -> Suppression:
    """Read a suppression list: one customer id or SHA-256 a line.

    Args:
        path: UTF-8 text; blank lines and a first line `customer_id`, `id` or `hash` are skipped.

    Raises:
        UsageProblem: It cannot be read.
        DataRejected: It is no text, is empty, or holds plain contact values, which would match nobody.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageProblem(
            f"cannot read `{path}`: {(error.strerror or 'unknown reason').lower()}",
            code="file-unreadable",
            hint="check the path and that this user may read it",
        ) from error
    except UnicodeDecodeError as error:
        raise DataRejected(
            f"`{path.name}` is not UTF-8 text", code="wrong-encoding", hint="save it as UTF-8, one entry a line"
        ) from error
    entries = [(line, entry.strip().strip('"')) for line, entry in enumerate(text.splitlines(), 1)]
    entries = [(line, entry) for line, entry in entries if entry]
    if entries and entries[0][1].casefold() in ("customer_id", "id", "hash", "sha256"):
        entries = entries[1:]
    plain = [line for line, entry in entries if "@" in entry or "," in entry]
    if plain:
        raise DataRejected(
            f"`{path.name}` line {plain[0]:,} is neither a customer id nor a hash ({len(plain):,} such lines)",
            code="suppression-not-ids",
            hint="list customer ids or SHA-256 hashes, one a line: other entries would keep nobody out",
            lines=plain[:20],
        )
    if not entries:
        raise DataRejected(
            f"`{path.name}` lists nobody",
            code="suppression-empty",
            hint="leave `--suppress` out when nobody is to be kept out",
        )
    hashes = frozenset(entry.lower() for _, entry in entries if is_sha256(entry))
    return Suppression(frozenset(entry for _, entry in entries), hashes)
