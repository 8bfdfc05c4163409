"""From a segment to a file that a platform accepts: who may be in it, who is held out, what is written and recorded."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast

from influence.audience import phone, record
from influence.audience.contacts import Contact, Suppression, known_hashes, read_contacts, read_suppression
from influence.audience.control import CONTROL, SENT, control_group, together
from influence.audience.names import require_neutral
from influence.audience.platforms import PLATFORMS, Cells, Key, Layout, Member, Null
from influence.errors import DataRejected, InfluenceError, UsageProblem
from influence.export_register import ExportRegister
from influence.files import PERSONAL, Written, write_atomically
from influence.graph import Graph
from influence.queries import Library, library
from influence.report import Column, Table
from influence.report.wording import presented
from influence.segment import run_segment

__all__ = ["MANIFEST", "Exported", "Request", "export_audience", "refresh_audience"]

logger = logging.getLogger(__name__)

MANIFEST: Final = "manifest.json"
MANIFEST_VERSION: Final = 1
CONSENT: Final = "granted"
"""State of consent of everybody in a file: whoever has not agreed is in none."""
REASON_LENGTH: Final = 255
"""Characters of a reason: what a text field of a CRM holds."""
NUMBERS: Final = ("int", "float")


@dataclass(frozen=True)
class Request:
    """What is asked for: everything a refresh needs to ask for the same again.

    Attributes:
        segment: Name of the saved segment.
        platform: Key of `PLATFORMS`.
        consent_column: Column of the contact file that says who agreed.
        params: Parameters of the segment.
        min_size: Fewest people a file may hold, after all drops.
        holdout: Share that is held out as a control group, 0 to 0.9.
        seed: Start of the random numbers of the control group.
        value_column: Numeric column of the segment that is written; `None` for the first one where the receiver
            is given a score by default, and for none elsewhere.
        already_hashed: Whether contact values that are SHA-256 already pass as they are.
        null: What a missing value does at the receiver: leave the field as it is, or clear it.
        suppressed: Whether a suppression list was used; a refresh then needs one too.
        columns: What columns are called in the contact file, by the names of `contacts.known_columns`.
        changes: Whether who is new and who is gone since the last export get files of their own.
        key: By what HubSpot finds a contact.
    """

    segment: str
    platform: str
    consent_column: str
    params: Mapping[str, Any] = field(default_factory=dict)
    min_size: int = 100
    holdout: float = 0.0
    seed: int = 1
    value_column: str | None = None
    already_hashed: bool = False
    null: Null = "keep"
    suppressed: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    changes: bool = False
    key: Key = "email"


@dataclass(frozen=True)
class Content:
    """What one or, above the limits of the receiver, several files hold.

    Attributes:
        name: File name without its ending.
        lines: The header and the rows.
        holds: `added` or `removed`, or empty for the audience itself.
    """

    name: str
    lines: Sequence[Sequence[str]]
    holds: str = ""


@dataclass(frozen=True)
class Exported:
    """A finished export.

    Attributes:
        folder: Where it is.
        manifest: What `manifest.json` says.
        advice: What would make more people reachable, or empty.
    """

    folder: Path
    manifest: dict[str, Any]
    advice: str = ""


def export_audience(
    graph: Graph,
    request: Request,
    contacts: Path,
    out: Path,
    *,
    now: datetime,
    export_id: str,
    suppress: Path | None = None,
    run_id: str | None = None,
    catalogue: Library | None = None,
    made_by: str = "",
    register: ExportRegister | None = None,
    before_writing: Callable[[], object] | None = None,
) -> Exported:
    """Write the file of an audience, its manifest and its record in the graph.

    Args:
        graph: Where the segment is.
        request: What for.
        contacts: Contact file of the day, keyed by `customer_id`.
        out: Folder of this audience at this receiver; made when it is missing.
        now: Instant of the export.
        export_id: Id of its record.
        suppress: List of ids or hashes that must not be in it.
        run_id: Run whose scores choose the people; default the current one.
        catalogue: Where saved files are looked up; default those that come with `influence`.
        made_by: Who asked for it, for the record.
        register: Where the files are noted, so that `influence erase` finds them; hold its `handing_out` meanwhile.
        before_writing: Called before anything is written; what it raises stops the export, such as the `LeaseLost`
            of a job that another one has overtaken.

    Returns:
        Where it is and what the manifest says.

    Raises:
        UsageProblem: An option does not fit the receiver or the segment, or a file cannot be read or written.
        DataRejected: Too few people are left, the name is not neutral, or an input contradicts itself. Then
            nothing was written.
        InfluenceError: As `influence.segment.run_segment`.
    """
    check_options(request)
    require_neutral(request.segment)
    stale = earlier_files(out, request)
    kept_out = read_suppression(suppress) if suppress else Suppression()
    catalogue = catalogue or library()
    table = run_segment(graph, request.segment, request.params, catalogue=catalogue, run_id=run_id)
    value = value_column(table, request)
    request = replace(
        request, params=table.params, value_column=value.name if value else None, suppressed=suppress is not None
    )
    params = json.dumps(dict(table.params), sort_keys=True, ensure_ascii=False, default=str)

    customers = cast("list[str]", table.values("customer_id"))
    known = record.standing(graph, customers, now)
    before = record.previous(graph, request.segment, params, request.platform)
    earlier = record.sent(graph, before.id) if before else frozenset()
    wanted = frozenset(customers) | (earlier if request.changes else frozenset())
    file = read_contacts(contacts, request.consent_column, wanted, request.columns)
    layout = Layout(file.emails, file.phones, value is not None, request.null, file.details, request.key)
    cells = Cells(request.already_hashed)
    platform = PLATFORMS[request.platform]
    counts: Counter[str] = Counter()
    rows: dict[str, list[str]] = {}
    for place, customer in enumerate(customers):
        contact = file.people.get(customer)
        if customer not in known:
            counts["not_in_graph"] += 1
        elif known[customer].opted_out or (contact is not None and contact.opted_out):
            counts["opted_out"] += 1
        elif known[customer].closed and platform.hashes:
            counts["closed"] += 1
        elif contact is None:
            counts["no_contact"] += 1
        elif not contact.consented:
            counts["no_consent"] += 1
        elif kept_out.names(customer, contact):
            counts["suppressed"] += 1
        else:
            member = Member(customer, contact, score(table, place, value), reason(table, place))
            row = platform.row(member, layout, cells)
            if row is None:
                counts["no_usable_identifier"] += 1
            else:
                rows[customer] = row

    held = held_out(graph, request, params, {customer: file.people[customer] for customer in rows}, known)
    sent = [customer for customer in rows if customer not in held]
    counts["held_out"], counts["written"] = len(held), len(sent)
    tally = {"selected": len(customers), **{name: counts[name] for name in DROPS}}
    require_people(request, tally)

    run = table.computed.run if table.computed else None
    described: dict[str, Any] = {
        "schema_version": MANIFEST_VERSION,
        "id": export_id,
        "platform": request.platform,
        "rule_set": platform.rule_set,
        "segment": request.segment,
        "revision": table.revision,
        "params": dict(table.params),
        "run_id": run,
        "created_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "refresh_by": (now + timedelta(days=platform.days)).date().isoformat() if platform.days else None,
        "consent_state": CONSENT,
        "truncated": table.truncated,
        "options": options_of(request),
        "contacts_sha256": file.sha256,
        "counts": tally,
        "rejected_values": dict(sorted(cells.rejected.items())),
        "previous": changed(before, earlier, sent) if before else None,
        "upload": platform.upload(layout),
    }
    properties = {
        **{name: described[name] for name in ("platform", "rule_set", "segment", "revision")},
        **{"params": params, "seed": request.seed, "holdout": request.holdout, "made_by": made_by or None, **tally},
        **{"refresh_by": described["refresh_by"], "min_size": request.min_size},
    }
    members = {customer: CONTROL if customer in held else SENT for customer in rows}
    lines = [rows[customer] for customer in sent]
    if not platform.ranked:
        lines.sort()  # the order of the segment would tell the receiver who ranks first
    name, header = f"{request.segment}-{request.platform}-{CONSENT}", platform.header(layout)
    contents = [Content(name, [header, *lines])]
    if request.changes and before:
        added = [rows[customer] for customer in sent if customer not in earlier]
        if not platform.ranked:
            added.sort()
        gone = removed_rows(request, layout, file.people, sent, earlier)
        contents.append(Content(f"{name}-added", [header, *added], "added"))
        contents.append(Content(f"{name}-removed", [header, *sorted(gone)], "removed"))
    if before_writing is not None:
        before_writing()
    record.open_record(graph, export_id, run or "", now, properties, members)
    try:
        write_folder(out, contents, (platform.max_bytes, platform.max_rows), described, stale, register)
    except BaseException:
        record.close(graph, export_id, run or "", None)
        raise
    record.close(graph, export_id, run or "", {entry["name"]: entry["sha256"] for entry in described["files"]})
    logger.info("audience exported", extra={"event": "audience-export", "run_id": run, "written": len(sent)})
    advice = phone.INSTALL if cells.rejected["phone"] and not phone.readable() else ""
    return Exported(out, described, advice)


def changed(before: record.Previous, earlier: frozenset[str], sent: Sequence[str]) -> dict[str, Any]:
    """Return the part of the manifest on the last export; people who were erased since count as removed."""
    kept = sum(customer in earlier for customer in sent)
    return {
        "id": before.id,
        "created_at": before.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "added": len(sent) - kept,
        "removed": before.written - kept,
    }


def removed_rows(
    request: Request, layout: Layout, people: Mapping[str, Contact], sent: Sequence[str], earlier: frozenset[str]
) -> list[list[str]]:
    """Return the rows by which a receiver can take off its list who is no longer in the file.

    Consent is not asked for: somebody who withdrew it is who has to be taken off. Left out is whoever has no row in
    the contact file any more, and whoever shares an address or number with somebody who stays.

    Args:
        request: For whom.
        layout: Columns of the file.
        people: Contacts of the day.
        sent: Who is in the new file.
        earlier: Who was in the one before.
    """
    stay = {digest for customer in sent for digest in known_hashes(people[customer])}
    platform, cells = PLATFORMS[request.platform], Cells(request.already_hashed)
    found = []
    for customer in earlier.difference(sent):
        contact = people.get(customer)
        if contact is not None and stay.isdisjoint(known_hashes(contact)):
            row = platform.row(Member(customer, contact), replace(layout, null="clear"), cells)
            found += [row] if row else []
    return found


def held_out(
    graph: Graph, request: Request, params: str, people: Mapping[str, Contact], known: Mapping[str, record.Standing]
) -> frozenset[str]:
    """Return the control group: drawn among new people, and everybody else where they were before.

    Args:
        graph: Where earlier exports are recorded.
        request: Share and seed.
        params: Parameters of the segment as they are recorded.
        people: Everybody who could be in the file.
        known: Their strata.
    """
    if not request.holdout:
        return frozenset()
    group = together({customer: frozenset(known_hashes(contact)) for customer, contact in people.items()})
    earlier = record.arms(graph, list(people), request.segment, params, request.seed, request.holdout)
    before: dict[str, str] = {}
    for customer, arm in earlier.items():
        # should two groups have become one, nobody in it is reached: the control group stays untouched
        before[group[customer]] = CONTROL if CONTROL in (arm, before.get(group[customer])) else arm
    strata = {leader: known[leader].stratum for leader in group.values()}
    held = control_group(strata, request.holdout, request.seed, before)
    return frozenset(customer for customer, leader in group.items() if leader in held)


DROPS: Final = (
    "not_in_graph",
    "opted_out",
    "closed",
    "no_contact",
    "no_consent",
    "suppressed",
    "no_usable_identifier",
    "held_out",
    "written",
)
"""What becomes of the people of a segment, in the order in which it is decided; the numbers add up to `selected`."""


def refresh_audience(
    graph: Graph,
    folder: Path,
    contacts: Path,
    *,
    now: datetime,
    export_id: str,
    suppress: Path | None = None,
    run_id: str | None = None,
    catalogue: Library | None = None,
    made_by: str = "",
    register: ExportRegister | None = None,
) -> Exported:
    """Export an audience again as its manifest says, with the scores and contacts of today.

    Args:
        graph: Where the segment is.
        folder: Folder of the earlier export.
        contacts: Contact file of the day: consent may have been withdrawn since.
        now: Instant of the export.
        export_id: Id of its record.
        suppress: Suppression list; needed when there was one before.
        run_id: Run whose scores choose the people; default the current one.
        catalogue: Where saved files are looked up; default those that come with `influence`.
        made_by: Who asked for it, for the record.
        register: Where the files are noted.

    Raises:
        UsageProblem: There is no manifest, or the suppression list is missing.
        InfluenceError: As `export_audience`.
    """
    found = read_manifest(folder)
    if found is None:
        raise UsageProblem(
            f"`{folder}` holds no `{MANIFEST}`",
            code="manifest-missing",
            hint="name the folder of an earlier `influence audience export`",
        )
    try:
        options = {name: found["options"][name] for name in OPTIONS}
        request = Request(found["segment"], found["platform"], params=found["params"], **options)
    except (KeyError, TypeError) as error:
        raise unreadable(folder) from error
    if request.suppressed and suppress is None:
        raise UsageProblem(
            "the earlier export used a suppression list",
            code="suppression-missing",
            hint="add `--suppress FILE` with the list of today",
        )
    return export_audience(
        graph,
        request,
        contacts,
        folder,
        now=now,
        export_id=export_id,
        suppress=suppress,
        run_id=run_id,
        catalogue=catalogue,
        made_by=made_by,
        register=register,
    )


OPTIONS: Final = (
    "consent_column",
    "min_size",
    "holdout",
    "seed",
    "value_column",
    "already_hashed",
    "null",
    "suppressed",
    "columns",
    "changes",
    "key",
)


def options_of(request: Request) -> dict[str, Any]:
    """Return the part of a request that a manifest lists under `options`."""
    every = asdict(request)
    return {name: every[name] for name in OPTIONS}


# ── what may be asked ─────────────────────────────────────────────────────


def check_options(request: Request) -> None:
    """Refuse options that the receiver has no use for.

    Raises:
        UsageProblem: Names the option.
    """
    platform = PLATFORMS[request.platform]

    def refuse(option: str, why: str) -> UsageProblem:
        return UsageProblem(
            f"`{option}` does not fit `--to {request.platform}`: {why}", code="bad-option", hint=f"leave `{option}` out"
        )

    if request.value_column and not platform.takes_value:
        raise refuse("--value-column", "its files have no column for a value")
    if request.already_hashed and not platform.hashes:
        raise refuse("--already-hashed", "it is sent no hashes")
    if request.null == "clear" and request.platform != "salesforce":
        raise refuse("--null clear", "only Salesforce files can clear a field")
    if request.key == "id" and request.platform != "hubspot":
        raise refuse("--key id", "only HubSpot is asked by what it finds a contact")
    if request.min_size < 1:
        raise UsageProblem("`--min-size` is less than 1", code="bad-option", hint="an empty audience is no audience")


def value_column(table: Table, request: Request) -> Column | None:
    """Return the column of the segment whose values are written, or `None`.

    Raises:
        UsageProblem: There is no such column, or it holds no numbers.
    """
    numeric = {column.name: column for column in table.columns if column.type in NUMBERS and not column.personal}
    if request.value_column is None:
        return next(iter(numeric.values()), None) if PLATFORMS[request.platform].scored else None
    if request.value_column not in numeric:
        raise UsageProblem(
            f"segment `{table.name}` has no numeric column `{request.value_column}`",
            code="value-column-unknown",
            hint=f"its numeric columns are {', '.join(f'`{name}`' for name in numeric) or 'none'}",
        )
    return numeric[request.value_column]


def require_people(request: Request, tally: Mapping[str, int]) -> None:
    """Refuse a file so small that the people in it can be told apart.

    Raises:
        DataRejected: Says how many were left and what became of the others.
    """
    if tally["written"] >= request.min_size:
        return
    dropped = ", ".join(f"{number:,} {name}" for name, number in tally.items() if number and name != "written")
    raise DataRejected(
        f"audience `{request.segment}` has {tally['written']:,} of the {request.min_size:,} people that a file needs "
        f"({dropped or 'nobody was selected'}); nothing was written",
        code="audience-too-small",
        hint=f"widen its parameters (`influence segment show {request.segment}`) or lower `--min-size`",
        counts=dict(tally),
    )


# ── what is written ───────────────────────────────────────────────────────


def score(table: Table, place: int, column: Column | None) -> str:
    """Return the value of one row as plain digits, or nothing where it does not apply: never 0 instead.

    As many digits as people read in the segment's table: the decimals of the column's format (two more where it is a
    percentage, which is written as a fraction), else six significant digits.
    """
    number = table.rows[place][table.place(column.name)] if column else None
    if column is None or number is None:
        return ""
    shown = re.search(r"\.(\d+)([f%])", column.format)
    if shown is None:
        rounded = number if column.type == "int" else float(f"{number:.6g}")
    else:
        rounded = round(number, int(shown[1]) + 2 * (shown[2] == "%"))
    return format(Decimal(repr(rounded + 0)).normalize(), "f")  # adding 0 takes the sign from -0


def reason(table: Table, place: int) -> str:
    """Return why a customer is in the segment, in words that fit into one field."""
    said = table.title
    for column, cell in zip(table.columns, table.rows[place], strict=True):
        if column.name == "customer_id" or column.personal or cell is None:
            continue
        longer = f"{said}{':' if said == table.title else ','} {column.title} {presented(column, cell)}"
        if len(longer) > REASON_LENGTH:
            break
        said = longer
    return said[:REASON_LENGTH]


def parts(lines: Sequence[Sequence[str]], most_bytes: int, most_rows: int) -> Iterator[tuple[bytes, int]]:
    """Yield the bytes and row counts of files below the limits, each with the header, which is the first line."""
    header, *rows = (as_csv(line) for line in lines)
    pieces, size = [header], len(header)
    for row in rows:
        if len(pieces) > 1 and (size + len(row) > most_bytes or len(pieces) > most_rows):
            yield b"".join(pieces), len(pieces) - 1
            pieces, size = [header], len(header)
        pieces.append(row)
        size += len(row)
    yield b"".join(pieces), len(pieces) - 1


def as_csv(cells: Sequence[str]) -> bytes:
    """Return one CSV line: UTF-8, LF, and no mark before `+`, which would change phone numbers and ids."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def write_folder(
    out: Path,
    contents: Sequence[Content],
    limits: tuple[int, int],
    described: dict[str, Any],
    stale: Sequence[str],
    register: ExportRegister | None,
) -> None:
    """Write the files of an export and then its manifest, readable by their owner only.

    A file is in the register before it is written, so that a killed command leaves nothing unknown behind. The old
    manifest goes first and the new one comes last: a folder with a manifest is complete, and one without
    is not an export, wherever the writing was cut off. When it fails, nothing of it stays.
    """
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        (out / MANIFEST).unlink(missing_ok=True)
        for old in stale:
            (out / old).unlink(missing_ok=True)
    except OSError as error:
        raise UsageProblem(
            f"cannot write `{out}`: {(error.strerror or 'unknown reason').lower()}",
            code="output-unwritable",
            hint="give a folder that this user may write",
        ) from error
    written: list[tuple[Written, int, str]] = []
    try:
        for content in contents:
            files = list(parts(content.lines, *limits))
            for number, (data, rows) in enumerate(files, 1):
                ending = f"-{number}.csv" if len(files) > 1 else ".csv"
                path = out / f"{content.name}{ending}"
                note(register, described, content, Written(path.resolve(), 0, ""))
                file = write_atomically(path, data, mode=PERSONAL)
                note(register, described, content, file)
                written.append((file, rows, content.holds))
        described["files"] = [
            {"name": file.path.name, "rows": rows, "sha256": file.sha256} | ({"holds": holds} if holds else {})
            for file, rows, holds in written
        ]
        text = json.dumps(described, ensure_ascii=False, indent=2, default=str) + "\n"
        write_atomically(out / MANIFEST, text, mode=PERSONAL)
    except BaseException:
        for done, _, _ in written:
            done.path.unlink(missing_ok=True)
        raise


def note(register: ExportRegister | None, described: Mapping[str, Any], content: Content, file: Written) -> None:
    """Note a file of an export, begun or written; who is in one of people removed stands in the export before."""
    if register is not None:
        export = described["previous"]["id"] if content.holds == "removed" else described["id"]
        now, run = datetime.fromisoformat(described["created_at"]), described["run_id"] or ""
        register.add("audience", described["segment"], [file], now=now, run=run, export=export)


# ── the folder ────────────────────────────────────────────────────────────


def earlier_files(out: Path, request: Request) -> list[str]:
    """Return the files of an earlier export of the same audience, which this one replaces.

    Raises:
        UsageProblem: The folder holds another audience: its manifest would be lost and its files undescribed.
    """
    found = read_manifest(out)
    if found is None:
        return []
    if (found.get("segment"), found.get("platform")) != (request.segment, request.platform):
        raise UsageProblem(
            f"`{out}` holds another audience",
            code="output-taken",
            hint=f"one folder per audience and platform: `--out {out / f'{request.segment}-{request.platform}'}`",
        )
    names = [str(entry.get("name", "")) for entry in found.get("files", []) if isinstance(entry, dict)]
    return [name for name in names if name and Path(name).name == name]


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, or `None` when it has none.

    Raises:
        UsageProblem: It cannot be read as one.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise unreadable(folder) from error
    if not isinstance(found, dict) or found.get("schema_version") != MANIFEST_VERSION or "platform" not in found:
        raise unreadable(folder)
    return found


def unreadable(folder: Path) -> InfluenceError:
    """Return the error for a manifest that is none of ours."""
    return UsageProblem(
        f"`{folder / MANIFEST}` is no manifest of an audience",
        code="manifest-unreadable",
        hint="give another folder, or move the file away",
    )
