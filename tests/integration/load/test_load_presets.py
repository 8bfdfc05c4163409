"""The mappings that come with influence, each on an export as its system writes it, into the real graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import ConfigError, DataRejected, UsageProblem
from influence.load import LoadReport
from influence.load.mapping import read_mapping
from influence.load.presets import named, preset_text, presets

pytestmark = pytest.mark.integration

Loader = Callable[..., LoadReport]
NAMES = ("hubspot-contacts", "salesforce-contacts", "shopify-customers", "woocommerce-orders")


@pytest.fixture
def exports(data: Path) -> Path:
    """Folder of the exports, one folder a preset."""
    return data / "presets"


@pytest.fixture
def customers(ask: Callable[..., list[tuple[Any, ...]]]) -> Callable[[], dict[str, dict[str, Any]]]:
    """All customers with what was loaded of them, contact values only as there or not."""

    def read() -> dict[str, dict[str, Any]]:
        found = {}
        for id, properties in ask("MATCH (c:Customer) RETURN c.id, properties(c)"):
            kept = {k: v for k, v in properties.items() if k not in ("id", "run_id", "loaded_from")}
            found[id] = {k: len(v) == 64 if k.endswith("_key") else v for k, v in kept.items()}
        return found

    return read


def test_presets_when_listed_then_these_each_valid_and_with_a_folder_to_try(exports: Path) -> None:
    assert tuple(presets()) == NAMES == tuple(sorted(path.name for path in exports.iterdir() if path.is_dir()))
    for name in NAMES:
        mapping = read_mapping(named(Path(name)))
        assert mapping.source == name.partition("-")[0]
        assert not any(part.file for parts in mapping.datasets.values() for part in parts)


def test_shopify_customers_when_loaded_then_bare_ids_consent_and_no_names(
    load: Loader, exports: Path, customers: Callable[[], dict[str, dict[str, Any]]]
) -> None:
    report = load(path=exports / "shopify-customers", mapping=Path("shopify-customers"))
    assert [(file.dataset, file.loaded, file.rejected) for file in report.files] == [("customers", 3, 0)]
    assert report.source == "shopify"
    assert not [note for note in report.notes if "customers.csv" in note], "no column is unknown"
    found = customers()
    assert set(found) == {"7210448301122", "7210448301123", "7210448301124"}
    anna = {"country": "DE", "region": "SH", "consent": True, "email_key": True, "phone_key": True}
    assert found["7210448301122"].items() >= anna.items()
    assert "name" not in found["7210448301122"]
    assert found["7210448301123"]["consent"] is False
    assert "email_key" not in found["7210448301124"]


def test_hubspot_contacts_when_loaded_then_unsubscribed_is_no_consent_and_else_unknown(
    load: Loader, exports: Path, customers: Callable[[], dict[str, dict[str, Any]]]
) -> None:
    load(path=exports / "hubspot-contacts", mapping=Path("hubspot-contacts"))
    found = customers()
    assert set(found) == {"101", "102", "103"}
    assert found["102"]["consent"] is False
    assert "consent" not in found["101"], "not unsubscribed is no consent"
    assert (found["101"]["region"], found["101"]["segment"]) == ("Bretagne", "Customer")
    assert str(found["101"]["joined_at"]).startswith("2024-03-12T09:14")
    assert "country" not in found["101"], "a name is no code"


def test_hubspot_contacts_when_a_view_lacks_columns_then_loaded_without_them(
    load: Loader, folder: Path, put: Callable[..., None], customers: Callable[[], dict[str, dict[str, Any]]]
) -> None:
    put(customers="Record ID,Email\n101,a@example.com\n")
    load(mapping=Path("hubspot-contacts"))
    assert set(customers()) == {"101"}
    put(customers="Email,City\na@example.com,Paris\n")
    with pytest.raises(DataRejected, match="no column `Record ID`"):
        load(mapping=Path("hubspot-contacts"))


def test_salesforce_contacts_when_loaded_then_by_the_external_id_with_its_zeros(
    load: Loader, exports: Path, customers: Callable[[], dict[str, dict[str, Any]]]
) -> None:
    load(path=exports / "salesforce-contacts", mapping=Path("salesforce-contacts"))
    found = customers()
    assert set(found) == {"007", "008"}
    assert (found["007"]["country"], found["007"]["region"]) == ("US", "California")
    assert "consent" not in found["007"]
    assert found["008"]["consent"] is False
    assert str(found["008"]["joined_at"]).startswith("2024-01-16T11:30:00")


def test_woocommerce_orders_when_loaded_then_lines_in_cents_and_guests_rejected(
    load: Loader, exports: Path, tmp_path: Path, ask: Callable[..., list[tuple[Any, ...]]]
) -> None:
    options = {"path": exports / "woocommerce-orders", "mapping": Path("woocommerce-orders")}
    with pytest.raises(DataRejected):
        load(**options)
    report = load(**options, bad_rows="reject", max_rejects=1.0, rejects_dir=tmp_path)
    (file,) = report.files
    assert (file.read, file.loaded, file.rejected) == (5, 4, 1)
    lines = ask(
        "MATCH (c:Customer)-[b:BOUGHT]->(p:Product) "
        "RETURN b.line_id, c.id, p.id, b.quantity, b.revenue, b.currency, b.refunded, b.first ORDER BY b.line_id"
    )
    assert lines == [
        ("9001", "12", "88", 2, 4980, "EUR", False, True),
        ("9002", "12", "89", 1, 990, "EUR", False, True),
        ("9003", "13", "88", 1, 2490, "EUR", False, True),
        ("9004", "13", "89", 1, 990, "EUR", True, None),
    ]


def test_mapping_when_a_file_has_the_name_of_a_preset_then_the_file_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert named(Path("shopify-customers")).suffix == ".toml"
    (tmp_path / "shopify-customers").write_text("", encoding="utf-8")
    assert named(Path("shopify-customers")) == Path("shopify-customers")
    assert named(Path("other.toml")) == Path("other.toml")


def test_mappings_command_when_called_then_lists_prints_and_says_the_closest(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = runner.invoke(app, ["load", "mappings"])
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == list(NAMES)
    assert "Shopify: Customers > Export" in listed.stdout
    printed = runner.invoke(app, ["load", "mappings", "woocommerce-orders"])
    assert printed.stdout == preset_text("woocommerce-orders")
    refused = runner.invoke(app, ["load", "mappings", "shopify-customer"])
    assert isinstance(refused.exception, UsageProblem)
    assert "did you mean `shopify-customers`" in (refused.exception.hint or "")
    with pytest.raises(ConfigError, match="cannot read the mapping") as caught:
        read_mapping(named(Path("nothing")))
    assert "influence load mappings" in (caught.value.hint or "")


def test_audience_when_the_contacts_are_a_shopify_export_then_found_by_the_ids_that_were_loaded(exports: Path) -> None:
    from influence.audience.contacts import read_contacts

    columns = {
        "customer_id": "Customer ID",
        "phone": "Phone",
        "first_name": "First Name",
        "last_name": "Last Name",
        "postal_code": "Default Address Zip",
        "country": "Default Address Country Code",
    }
    path = exports / "shopify-customers" / "customers.csv"
    found = read_contacts(path, "Accepts Email Marketing", {"7210448301122", "7210448301123"}, columns)
    anna, ben = found.people["7210448301122"], found.people["7210448301123"]
    assert (anna.consented, ben.consented) == (True, False)
    assert anna.phones == ("+49431555010",)
    assert (anna.detail("postal_code"), ben.detail("last_name")) == ("24103", "O'Example")
