"""A file as a table: columns found, rules on rows and between rows, every row accounted for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from influence.errors import DataRejected
from influence.load.contract import contract
from influence.load.mapping import FileFormat, FileMapping
from influence.load.pseudonym import PseudonymKey
from influence.load.reader import open_rows
from influence.load.table import Layout, Table, joint_codes, lay_out, read_table
from influence.progress import SilentTask

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(dataset: str, path: Path, mapping: dict[str, Any] | None = None) -> Table:
    section = FileMapping.model_validate(mapping or {})
    file = open_rows(path, section.format)
    layout = lay_out(contract(dataset), section, file)
    key = PseudonymKey(path.parent / "key")
    table = read_table(contract(dataset), section, file, layout, now=NOW, key=key, task=SilentTask())
    good = int(table.good.sum())
    assert table.read == good + table.duplicates + table.rejected
    lines = {line for finding in table.findings for line in finding.lines.tolist()}
    assert len(lines) == table.rejected, "every rejected row is in a finding, and no other"
    return table


def csv_table(folder: Path, dataset: str, text: str, mapping: dict[str, Any] | None = None) -> Table:
    path = folder / f"{dataset}.csv"
    path.write_text(text, encoding="utf-8")
    return read(dataset, path, mapping)


def layout_of(folder: Path, dataset: str, header: str, mapping: dict[str, Any] | None = None) -> Layout:
    path = folder / f"{dataset}.csv"
    path.write_text(header + "\n", encoding="utf-8")
    section = FileMapping.model_validate(mapping or {})
    return lay_out(contract(dataset), section, open_rows(path, section.format))


def refusal(folder: Path, dataset: str, header: str, mapping: dict[str, Any] | None = None) -> DataRejected:
    with pytest.raises(DataRejected) as caught:
        layout_of(folder, dataset, header, mapping)
    assert caught.value.code == "contract-broken"
    assert caught.value.hint
    return caught.value


def rules(table: Table) -> dict[str, list[int]]:
    """Return the lines by rule."""
    found: dict[str, list[int]] = {}
    for finding in table.findings:
        found.setdefault(finding.rule, []).extend(finding.lines.tolist())
    return {rule: sorted(lines) for rule, lines in found.items()}


# ── columns ───────────────────────────────────────────────────────────────


def test_columns_are_found_whatever_their_case_and_order(tmp_path: Path) -> None:
    layout = layout_of(tmp_path, "purchases", "AT, Product_ID ,customer_id,whatever")
    assert layout.positions == {"customer_id": 2, "product_id": 1, "at": 0}
    assert layout.unknown == ("whatever",)


def test_missing_columns_are_all_named_with_what_is_close(tmp_path: Path) -> None:
    error = refusal(tmp_path, "purchases", "customer,product_id,date")
    assert error.details["findings"] == [
        "there is no column `customer_id`; did you mean `customer`?",
        "there is no column `at`; did you mean `date`?",
    ]
    assert "[purchases.columns]" in (error.hint or "")


def test_file_without_header_is_recognised_and_not_quoted(tmp_path: Path) -> None:
    error = refusal(tmp_path, "customers", "4711,Ann Smith,ann@example.com")
    assert "is the header line missing" in error.message
    assert "Ann" not in str(error.as_dict())


def test_unknown_columns_may_be_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, "topics", "topic_id,colour", {"format": {"extra_columns": "error"}})
    assert "`colour` is not in the contract" in error.message


def test_ignored_columns_are_neither_unknown_nor_read(tmp_path: Path) -> None:
    layout = layout_of(tmp_path, "follows", "follower_id,followed_id,Kind", {"ignore": ["kind"]})
    assert layout.unknown == ()
    assert "kind" not in layout.positions


def test_mapped_columns_must_be_there(tmp_path: Path) -> None:
    error = refusal(tmp_path, "topics", "id,label", {"columns": {"topic_id": "id", "name": "title"}})
    assert "there is no column `title`" in error.message


def test_one_column_may_be_used_twice(tmp_path: Path) -> None:
    mapping = {"columns": {"product_id": "item", "name": "item"}}
    table = csv_table(tmp_path, "products", "item\nA1\nB2\n", mapping)
    assert table.columns["product_id"].to_pylist() == table.columns["name"].to_pylist() == ["A1", "B2"]


def test_constants_fill_a_column_and_win_over_the_file(tmp_path: Path) -> None:
    mapping = {"constants": {"currency": "EUR", "quantity": 2, "refunded": False, "at": date(2026, 1, 31)}}
    text = "customer_id,product_id,revenue,quantity\n1,2,500,9\n"
    table = csv_table(tmp_path, "purchases", text, mapping)
    assert table.columns["currency"].to_pylist() == ["EUR"]
    assert table.columns["quantity"].to_pylist() == [2]
    assert table.columns["refunded"].to_pylist() == [False]
    assert table.columns["at"].to_pylist() == [datetime(2026, 1, 31, tzinfo=UTC)]


def test_default_fills_a_column_that_the_file_lacks(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "interests", "customer_id,topic_id\n1,rock\n")
    assert table.columns["source"].to_pylist() == ["declared"]


def test_money_needs_a_currency(tmp_path: Path) -> None:
    error = refusal(tmp_path, "purchases", "customer_id,product_id,at,revenue")
    assert "no `currency`" in error.message
    assert 'currency = "EUR"' in (error.hint or "")
    text = "customer_id,product_id,at,revenue,currency\n1,2,2026-01-01,5,\n1,3,2026-01-01,,\n1,4,2026-01-01,5,EUR\n"
    assert rules(csv_table(tmp_path, "purchases", text)) == {"no-currency": [2]}


def test_parquet_types_that_would_be_a_guess_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "purchases.parquet"
    pd.DataFrame({"customer_id": [1.0], "product_id": [7], "at": [20260131], "quantity": [1.5]}).to_parquet(path)
    with pytest.raises(DataRejected) as caught:
        read("purchases", path)
    assert caught.value.details["findings"] == [
        "`customer_id` is of type double, which cannot be read as id",
        "`at` is of type int64, which cannot be read as datetime",
        "`quantity` is of type double, which cannot be read as int",
    ]


def test_parquet_reads_like_csv(tmp_path: Path) -> None:
    path = tmp_path / "purchases.parquet"
    rows = pa.table(
        {
            "customer_id": pa.array([1, 1, None], pa.int64()),
            "product_id": pa.array(["a", "a", "b"]).dictionary_encode(),
            "at": pa.array([datetime(2026, 1, 31, 10), datetime(2026, 1, 31, 10), None], pa.timestamp("ms")),  # noqa: DTZ001
            "revenue": pa.array([5, 5, 6], pa.int32()),
            "currency": ["EUR"] * 3,
            "refunded": [True, True, None],
        }
    )
    pq.write_table(rows, path)
    table = read("purchases", path)
    assert table.columns["at"].to_pylist()[0] == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert table.columns["customer_id"].to_pylist() == ["1", "1", None]
    assert rules(table) == {"missing": [3, 3]}
    assert table.duplicates == 1


def test_parquet_columns_that_hold_no_cells_are_ignored_when_nobody_needs_them(tmp_path: Path) -> None:
    path = tmp_path / "topics.parquet"
    columns = {
        "uuid": pa.array([b"\xff" * 16], pa.binary(16)),
        "topic_id": ["a"],
        "took": pa.array([timedelta(1)]),
        "name": pa.array(["Ann"], pa.large_string()),
        "logo": [b"\xff\xd8"],
        "tags": [["x"]],
        "of": [{"a": "b"}],
    }
    pq.write_table(pa.table(columns), path)
    table = read("topics", path)
    assert {name: column.to_pylist() for name, column in table.columns.items()} == {"topic_id": ["a"], "name": ["Ann"]}
    opened = open_rows(path, FileFormat())
    assert lay_out(contract("topics"), FileMapping(), opened).unknown == ("uuid", "took", "logo", "tags", "of")
    assert [block.cells[0].to_pylist() for block in opened.blocks()] == [[""]]


def test_parquet_columns_that_hold_no_cells_are_named_when_they_are_needed(tmp_path: Path) -> None:
    path = tmp_path / "topics.parquet"
    pq.write_table(pa.table({"topic_id": pa.array([b"\xff" * 16], pa.binary(16)), "name": [["x"]]}), path)
    with pytest.raises(DataRejected) as caught:
        read("topics", path)
    assert caught.value.details["findings"] == [
        "`topic_id` is of type fixed_size_binary[16], which cannot be read as id",
        "`name` is of type list<element: string>, which cannot be read as text",
    ]


# ── rows ──────────────────────────────────────────────────────────────────


def test_ragged_rows_are_rejected_with_their_lines(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "topics", "topic_id,name\nrock,Rock\npop\njazz,Jazz,x\n")
    assert table.read == 3
    assert rules(table) == {"ragged": [3, 4]}


def test_a_row_may_break_several_rules_and_is_one_rejected_row(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "purchases", "customer_id,product_id,at,quantity\n,2,soon,many\n")
    assert table.rejected == 1
    assert rules(table) == {"missing": [2], "not-a-date": [2], "not-a-whole-number": [2]}


def test_ties_to_oneself_are_rejected(tmp_path: Path) -> None:
    text = "customer_id,friend_id\n1,1\n1,2\n"
    assert rules(csv_table(tmp_path, "friendships", text)) == {"self-tie": [2]}
    text = "follower_id,followed_id\n1,1\n1,2\n2,1\n"
    table = csv_table(tmp_path, "follows", text)
    assert rules(table) == {"self-tie": [2]}
    assert int(table.good.sum()) == 2, "a tie each way is two follows"


def test_friendship_is_one_tie_in_either_order(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "friendships", "customer_id,friend_id\nb,a\na,b\n10,9\n")
    assert table.selected("customer_id").to_pylist() == ["a", "10"], "text order, as in the graph"
    assert table.selected("friend_id").to_pylist() == ["b", "9"]
    assert table.duplicates == 1


def test_dates_in_the_wrong_order_are_rejected(tmp_path: Path) -> None:
    text = "customer_id,friend_id,since,until\n1,2,2026-02-01,2026-01-01\n1,3,2026-01-01,2026-01-01\n1,4,,2026-01-01\n"
    table = csv_table(tmp_path, "friendships", text)
    assert rules(table) == {"dates-reversed": [2]}


def test_scores_must_be_on_the_scale_of_their_question(tmp_path: Path) -> None:
    text = "customer_id,kind,score,at\n1,nps,0,2026-01-01\n1,ces,0,2026-01-02\n1,ces,8,2026-01-03\n1,influence,11,2026-01-04\n"
    assert rules(csv_table(tmp_path, "responses", text)) == {"off-scale": [3, 4], "too-large": [5]}


def test_advocacy_is_for_one_thing(tmp_path: Path) -> None:
    text = "customer_id,topic_id,product_id,kind,at\n1,rock,,talk,2026-01-01\n1,,,talk,2026-01-01\n1,rock,p,talk,2026-01-01\n"
    assert rules(csv_table(tmp_path, "advocacy", text)) == {"one-of": [3, 4]}
    assert rules(csv_table(tmp_path, "advocacy", "customer_id,kind,at\n1,talk,2026-01-01\n")) == {"one-of": [2]}


def test_advocacy_is_done_unless_it_says_otherwise(tmp_path: Path) -> None:
    text = "customer_id,topic_id,kind,status,at\n1,rock,talk,,2026-01-02\n1,rock,talk,asked,2026-01-02\n1,rock,talk,perhaps,2026-01-03\n"
    table = csv_table(tmp_path, "advocacy", text)
    assert table.state.tolist() == [0, 0, 2], "an ask and its answer of the same day are two steps"
    assert table.columns["status"].to_pylist()[:2] == ["done", "asked"]


# ── between rows ──────────────────────────────────────────────────────────


def test_repeated_rows_are_counted_and_contradicting_ones_rejected(tmp_path: Path) -> None:
    text = "customer_id,name\n1,Ann\n1,Ann\n1,Anne\n2,\n2,\n1,Ann\n"
    table = csv_table(tmp_path, "customers", text)
    assert table.state.tolist() == [0, 1, 2, 0, 1, 1]
    assert rules(table) == {"conflicting-duplicate": [4]}


def test_a_row_is_no_repetition_of_a_rejected_one(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "customers", "customer_id,joined_at\n1,soon\n1,2026-01-01\n")
    assert table.state.tolist() == [2, 0]


def test_rows_that_share_one_end_are_different_rows(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "follows", "follower_id,followed_id,weight\n1,3,1\n2,3,2\n1,4,3\n2,4,4\n1,3,1\n")
    assert table.state.tolist() == [0, 0, 0, 0, 1]


def test_order_lines_are_known_by_their_id(tmp_path: Path) -> None:
    text = "line_id,customer_id,product_id,at\nx,1,a,2026-01-01\ny,1,a,2026-01-01\nx,1,a,2026-01-01\nx,2,a,2026-01-01\n"
    table = csv_table(tmp_path, "purchases", text)
    assert table.state.tolist() == [0, 0, 1, 2]


def test_lines_without_id_are_known_by_customer_product_and_instant(tmp_path: Path) -> None:
    text = "customer_id,product_id,at\n1,a,2026-01-01\n1,a,2026-01-01\n1,a,2026-01-02\n"
    table = csv_table(tmp_path, "purchases", text)
    assert table.state.tolist() == [0, 1, 0]
    assert table.selected("line_id").to_pylist() == [
        "1|a|2026-01-01T00:00:00.000000Z",
        "1|a|2026-01-02T00:00:00.000000Z",
    ]


@given(
    st.lists(
        st.tuples(st.text("a|%27C ", min_size=1, max_size=4), st.text("a|%27C ", min_size=1, max_size=4)), max_size=8
    )
)
@example([("a|b", "c"), ("a", "b|c"), ("a%7Cb", "c"), ("a%257Cb", "c")])
@settings(max_examples=60, deadline=None)
def test_derived_keys_of_different_rows_differ(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    pairs = [(one.strip() or "x", other.strip() or "x") for one, other in pairs]
    text = "customer_id,product_id,at\n" + "".join(f"{one},{other},2026-01-01\n" for one, other in pairs)
    table = csv_table(tmp_path_factory.mktemp("keys"), "purchases", text)
    assert int(table.good.sum()) == len(set(pairs))
    assert len(set(table.selected("line_id").to_pylist())) == len(set(pairs))


def test_ids_that_lost_leading_zeros_are_rejected(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "customers", "customer_id\n00123\n00045\n123\n12345\nA1\n678901\n")
    assert rules(table) == {"lost-leading-zeros": [4]}


def test_padded_ids_of_several_lengths_prove_nothing(tmp_path: Path) -> None:
    table = csv_table(tmp_path, "customers", "customer_id\n00123\n045\n9\n")
    assert rules(table) == {}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("123"), st.sampled_from(["Ann", "Bob", ""]), st.sampled_from(["2026-01-01", "", "bad"])
        ),
        max_size=15,
    )
)
def test_customers_agree_with_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    text = "customer_id,name,joined_at\n" + "".join(",".join(row) + "\n" for row in rows)
    first: dict[str, tuple[str, str, str]] = {}
    expected = []
    for row in rows:
        if row[2] == "bad":
            expected.append(Table.REJECTED)
        elif row[0] not in first:
            first[row[0]] = row
            expected.append(Table.GOOD)
        else:
            expected.append(Table.DUPLICATE if first[row[0]] == row else Table.REJECTED)
    table = csv_table(tmp_path_factory.mktemp("loop"), "customers", text)
    assert table.state.tolist() == expected


@pytest.mark.parametrize("size", [3, 2**21, 2**40], ids=["small", "at the limit", "beyond 64 bits"])
def test_joint_codes_are_equal_exactly_where_all_columns_are(size: int) -> None:
    random = np.random.default_rng(1)
    columns = [random.choice([0, 1, size - 1], 200) for _ in range(4)]
    joint = joint_codes(columns)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert len(set(joint.tolist())) == len(set(rows)) == len(set(zip(joint.tolist(), rows, strict=True)))
