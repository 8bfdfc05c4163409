"""What each receiver is sent: its header, and the row of one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from influence.audience import google, meta
from influence.audience.contacts import Contact
from influence.audience.hashing import is_digest, is_sha256, sha256, stripped
from influence.audience.phone import international

__all__ = ["PLATFORMS", "Cells", "Key", "Layout", "Member", "Null", "Platform"]

Null = Literal["clear", "keep"]
Key = Literal["email", "id"]
Rule = Callable[[str], str | None]


@dataclass(frozen=True)
class Layout:
    """What the columns of a file depend on.

    Attributes:
        emails: Columns for e-mail addresses.
        phones: Columns for phone numbers.
        valued: Whether a value of the segment is written.
        null: What a missing value does to the field at the receiver.
        details: Further columns that the contact file has, by the keys of `contacts.COLUMNS`.
        key: By what HubSpot finds a contact: the address, or its Record ID where that is the customer id.
    """

    emails: int = 1
    phones: int = 1
    valued: bool = False
    null: Null = "keep"
    details: frozenset[str] = frozenset()
    key: Key = "email"


@dataclass(frozen=True)
class Member:
    """One person of the segment.

    Attributes:
        customer: Customer id.
        contact: How to reach the person.
        score: The value that is written, as text, or empty when it does not apply.
        reason: Why the person is in the segment.
    """

    customer: str
    contact: Contact
    score: str = ""
    reason: str = ""


@dataclass
class Cells:
    """Turns contact values into cells and counts those that have no normal form.

    Attributes:
        already_hashed: Whether values that are SHA-256 already pass as they are.
        rejected: Values without a normal form, by field; never the values.
    """

    already_hashed: bool = False
    rejected: Counter[str] = field(default_factory=Counter)

    def hashed(self, name: str, text: str, rule: Rule) -> str:
        """Return the hash of a value's normal form, or an empty cell."""
        value = stripped(text)
        if not value:
            return ""
        if is_digest(value):
            return self.refuse(name) if not (self.already_hashed and is_sha256(value)) else value.lower()
        normal = rule(value)
        return sha256(normal) if normal else self.refuse(name)

    def plain(self, name: str, text: str, rule: Rule) -> str:
        """Return a value's normal form, or an empty cell."""
        value = stripped(text)
        if not value:
            return ""
        return (None if is_digest(value) else rule(value)) or self.refuse(name)

    def refuse(self, name: str) -> str:
        """Count a value that cannot be used and return an empty cell."""
        self.rejected[name] += 1
        return ""


class Platform(Protocol):
    """A receiver of files.

    Attributes:
        rule_set: Name of the rules its values follow; a changed rule is a new name.
        days: Days after which the list must be sent again, or `None`.
        hashes: Whether it takes hashes, so that `--already-hashed` makes sense.
        takes_value: Whether it has a place for a value of the segment.
        scored: Whether it is given a score unless told otherwise.
        ranked: Whether rows stay in the order of the segment.
        max_bytes: Largest file.
        max_rows: Most rows of a file, without the header.
    """

    rule_set: str
    days: int | None
    hashes: bool
    takes_value: bool
    scored: bool
    ranked: bool
    max_bytes: int
    max_rows: int

    def header(self, layout: Layout) -> list[str]:
        """Return the names of the columns, exactly as the receiver spells them."""

    def row(self, member: Member, layout: Layout, cells: Cells) -> list[str] | None:
        """Return the cells of one person, or `None` when nothing in them could find the person."""

    def upload(self, layout: Layout) -> dict[str, Any]:
        """Return what an import at the receiver has to be told, for the manifest."""


def phone_rule(country: str, rule: Rule) -> Rule:
    """Return the rule for numbers of a country: international first, then as the platform writes it."""

    def normal(text: str) -> str | None:
        number = international(text, country)
        return None if number is None else rule(number)

    return normal


def padded(cells: list[str], wide: int) -> list[str]:
    """Return filled cells first, in their order, then empty ones up to a width."""
    filled = [cell for cell in cells if cell]
    return (filled + [""] * wide)[:wide]


class Google:
    """Customer Match: hashed, but for country and postal code; an address only when it is complete."""

    rule_set = google.RULE_SET
    days: int | None = google.DAYS
    hashes = True
    takes_value = False
    scored = False
    ranked = False
    max_bytes = 1 << 30
    max_rows = 10_000_000

    def header(self, layout: Layout) -> list[str]:
        """Return Google's column names, repeated for several addresses and numbers."""
        reach = ["Email"] * layout.emails + ["Phone"] * layout.phones
        return [*reach, "First Name", "Last Name", "Country", "Zip"]

    def row(self, member: Member, layout: Layout, cells: Cells) -> list[str] | None:
        """Return the hashes of one person."""
        contact = member.contact
        place = contact.detail("country")
        emails = [cells.hashed("email", text, google.email) for text in contact.emails]
        phones = [cells.hashed("phone", text, phone_rule(place, google.phone)) for text in contact.phones]
        address = [
            cells.hashed("first_name", contact.detail("first_name"), google.first_name),
            cells.hashed("last_name", contact.detail("last_name"), google.last_name),
            cells.plain("country", place, google.country),
            cells.plain("postal_code", contact.detail("postal_code"), google.postal_code),
        ]
        if not all(address):
            address = [""] * 4  # Google matches the four together: fewer would only tell it more than it can use
        if not any(emails) and not any(phones) and not any(address):
            return None
        return [*padded(emails, layout.emails), *padded(phones, layout.phones), *address]

    def upload(self, layout: Layout) -> dict[str, Any]:
        """Return what the upload form asks."""
        return {"list": "Customer Match", "data": "hashed", "consent": ["ad_user_data", "ad_personalization"]}


class Meta:
    """Customer-file Custom Audience: everything hashed but the advertiser id of a device.

    Attributes:
        MORE: Columns that are written only when the contact file has them: its key, Meta's name, the rule.
    """

    MORE: Final[tuple[tuple[str, str, Rule], ...]] = (
        ("birth", "doby", meta.birth_year),
        ("gender", "gen", meta.gender),
    )

    rule_set = meta.RULE_SET
    days: int | None = meta.DAYS
    hashes = True
    takes_value = True
    scored = False
    ranked = False
    max_bytes = 1 << 30
    max_rows = 10_000_000

    def header(self, layout: Layout) -> list[str]:
        """Return Meta's column names. `uid` is left out: it means Meta's own user id, not ours."""
        reach = ["email"] * layout.emails + ["phone"] * layout.phones
        more = [column for name, column, _ in self.MORE if name in layout.details]
        return [*reach, "madid", "fn", "ln", "ct", "st", "zip", "country", *more, *(["value"] if layout.valued else [])]

    def row(self, member: Member, layout: Layout, cells: Cells) -> list[str] | None:
        """Return the hashes of one person."""
        contact = member.contact
        place = contact.detail("country")
        emails = [cells.hashed("email", text, meta.email) for text in contact.emails]
        phones = [cells.hashed("phone", text, phone_rule(place, meta.phone)) for text in contact.phones]
        device = cells.plain("device", contact.detail("device"), meta.device)
        names = [
            cells.hashed("first_name", contact.detail("first_name"), meta.name),
            cells.hashed("last_name", contact.detail("last_name"), meta.name),
        ]
        where = [
            cells.hashed("city", contact.detail("city"), meta.city),
            cells.hashed("state", contact.detail("state"), lambda text: meta.state(text, place)),
            cells.hashed("postal_code", contact.detail("postal_code"), lambda text: meta.postal_code(text, place)),
        ]
        named = all(names) and any(where)  # a name alone, or a place alone, finds strangers
        if not (any(emails) or any(phones) or device or named):
            return None
        row = [*padded(emails, layout.emails), *padded(phones, layout.phones), device, *names, *where]
        row.append(cells.hashed("country", place, meta.country))
        row += [cells.hashed(name, contact.detail(name), rule) for name, _, rule in self.MORE if name in layout.details]
        return [*row, member.score] if layout.valued else row

    def upload(self, layout: Layout) -> dict[str, Any]:
        """Return what the upload form asks."""
        return {"list": "Custom Audience", "source": "customer list", "data": "hashed", "value": layout.valued}


class Salesforce:
    """Bulk API 2.0 upsert of contacts by an external id; a CRM gets scores and reasons, no contact values."""

    rule_set = "salesforce-contact-2026-11"
    days: int | None = None
    hashes = False
    takes_value = True
    scored = True
    ranked = True
    max_bytes = 70_000_000  # 100 MB after the growth of base64
    max_rows = 100_000_000

    def header(self, layout: Layout) -> list[str]:
        """Return the API names of the fields."""
        return ["External_Id__c", "Influence_Score__c", "Influence_Reason__c"]

    def row(self, member: Member, layout: Layout, cells: Cells) -> list[str] | None:
        """Return the score and reason of one contact; `#N/A` empties a field, an empty cell leaves it alone."""
        missing = "#N/A" if layout.null == "clear" else ""
        return [member.customer, member.score or missing, member.reason or missing]

    def upload(self, layout: Layout) -> dict[str, Any]:
        """Return the fields of the job."""
        return {
            "object": "Contact",
            "operation": "upsert",
            "externalIdFieldName": "External_Id__c",
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }


class HubSpot:
    """Import of contacts by e-mail address, which is HubSpot's own key and therefore plain, or by Record ID."""

    rule_set = "hubspot-contact-2026-11"
    days: int | None = None
    hashes = False
    takes_value = True
    scored = True
    ranked = True
    max_bytes = 512_000_000
    max_rows = 1_048_575

    def header(self, layout: Layout) -> list[str]:
        """Return the internal names of the properties."""
        return ["email" if layout.key == "email" else "hs_object_id", "influence_score", "influence_reason"]

    def row(self, member: Member, layout: Layout, cells: Cells) -> list[str] | None:
        """Return the key, score and reason of one contact."""
        if layout.key == "id":
            return [member.customer, member.score, member.reason]
        found = [cells.plain("email", text, hubspot_email) for text in member.contact.emails]
        address = next((cell for cell in found if cell), "")
        return [address, member.score, member.reason] if address else None

    def upload(self, layout: Layout) -> dict[str, Any]:
        """Return the file part of the import request."""
        mappings: list[dict[str, str]] = [
            {"columnObjectTypeId": "0-1", "columnName": name, "propertyName": name} for name in self.header(layout)
        ]
        mappings[0]["columnType"] = "HUBSPOT_ALTERNATE_ID" if layout.key == "email" else "HUBSPOT_OBJECT_ID"
        return {
            "dateFormat": "YEAR_MONTH_DAY",
            "fileFormat": "CSV",
            "fileImportPage": {"hasHeader": True, "columnMappings": mappings},
        }


def hubspot_email(text: str) -> str | None:
    """Return an e-mail address in lower case, or `None` when it is none."""
    local, _, domain = text.partition("@")
    if not local or not domain or "@" in domain or any(sign.isspace() for sign in text):
        return None
    return stripped(text.lower())


PLATFORMS: Final[Mapping[str, Platform]] = {
    "google": Google(),
    "meta": Meta(),
    "salesforce": Salesforce(),
    "hubspot": HubSpot(),
}
