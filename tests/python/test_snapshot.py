"""Snapshots opened by other people's programs, with no client of ours: Hugging Face datasets, polars, DuckDB."""

import hashlib
import json
import os
from pathlib import Path

import datasets
import duckdb
import polars
import pytest

FOLDERS = (path.parent for path in Path(os.environ["CANDOR_DATA"]).glob("snapshots/*/MANIFEST.json"))
# A name that begins with a dot is a build that was cut off.
SNAPSHOTS = sorted(folder for folder in FOLDERS if not folder.name.startswith("."))
COLUMNS = [
    "record",
    "member",
    "kind",
    "created",
    "language",
    "license",
    "text",
    "input_ids",
    "tokens",
    "shard",
    "slice",
    "content_hash",
]


def test_there_is_a_snapshot():
    assert SNAPSHOTS, "the data folder holds no snapshot; run `candor demo --no-serve` first"


@pytest.fixture(params=SNAPSHOTS, ids=lambda path: path.name)
def snapshot(request):
    return request.param


@pytest.fixture
def manifest(snapshot):
    return json.loads((snapshot / "MANIFEST.json").read_text())


def rows_of(manifest, role):
    return sum(file["tally"]["rows"] for file in manifest["files"] if file["role"] == role)


def tokens_of(manifest, role):
    return sum(file["tally"]["tokens"] for file in manifest["files"] if file["role"] == role)


def test_datasets_loads_it(snapshot, manifest, tmp_path):
    loaded = datasets.load_dataset(str(snapshot), cache_dir=str(tmp_path))
    # A split without rows is not named: the loader takes it for an error.
    assert set(loaded) == {split for split in ["train", "validation"] if rows_of(manifest, split)}
    for split in loaded:
        assert loaded[split].column_names == COLUMNS
        assert loaded[split].num_rows == rows_of(manifest, split)
        assert sum(loaded[split]["tokens"]) == tokens_of(manifest, split)
        end = manifest["tokenizer"]["end"]
        assert all(row["input_ids"][-1] == end for row in loaded[split])
        assert all(len(row["input_ids"]) == row["tokens"] for row in loaded[split])


def test_datasets_streams_it(snapshot, manifest):
    streamed = datasets.load_dataset(str(snapshot), split="train", streaming=True)
    assert sum(1 for _ in streamed) == rows_of(manifest, "train")


def test_polars_scans_it(snapshot, manifest):
    for split in ["train", "validation"]:
        scan = polars.scan_parquet(snapshot / "data" / f"{split}-*.parquet")
        assert scan.collect_schema().names() == COLUMNS
        rows, tokens = scan.select(polars.len(), polars.col("tokens").cast(polars.UInt64).sum()).collect().row(0)
        assert (rows, tokens) == (rows_of(manifest, split), tokens_of(manifest, split))


def test_duckdb_queries_it(snapshot, manifest):
    for split in ["train", "validation"]:
        files = f"'{snapshot}/data/{split}-*.parquet'"
        names = [row[0] for row in duckdb.sql(f"describe select * from {files}").fetchall()]
        assert names == COLUMNS
        counts = duckdb.sql(f"select count(*), coalesce(sum(tokens), 0) from {files}").fetchall()
        assert counts[0] == (rows_of(manifest, split), tokens_of(manifest, split))
    cells = duckdb.sql(
        f"select shard, slice, count(*), sum(tokens) from '{snapshot}/data/train-*.parquet' group by all order by all"
    ).fetchall()
    tallies = [cell for file in manifest["files"] if file["role"] == "train" for cell in file["tally"]["slices"]]
    expected = [(c["shard"], c["slice"], c["rows"], c["tokens"]) for c in tallies if c["rows"]]
    assert cells == expected


def test_training_and_validation_share_no_text(snapshot):
    shared = duckdb.sql(
        f"select count(*) from '{snapshot}/data/train-*.parquet' t "
        f"join '{snapshot}/data/validation-*.parquet' v using (content_hash)"
    ).fetchall()
    assert shared == [(0,)]


def test_every_member_is_in_one_shard_and_slice(snapshot):
    split = duckdb.sql(
        f"select member from '{snapshot}/data/*.parquet' group by member having count(distinct (shard, slice)) > 1"
    ).fetchall()
    assert split == []


def test_the_manifest_is_true(snapshot, manifest):
    for file in manifest["files"]:
        data = (snapshot / file["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"]), file["path"]
    steps = manifest["stages"]
    for step in steps:
        assert step["in"] == step["kept"] + sum(step["dropped"].values()), step
    for before, after in zip(steps, steps[1:]):
        assert before["kept"] == after["in"]
    assert steps[-1]["kept"] == rows_of(manifest, "train") + rows_of(manifest, "validation")


def test_croissant_names_the_same_files(snapshot, manifest):
    croissant = json.loads((snapshot / "croissant.json").read_text())
    hashes = {entry["contentUrl"]: entry["sha256"] for entry in croissant["distribution"] if "sha256" in entry}
    data = {
        file["path"]: file["sha256"]
        for file in manifest["files"]
        if file["role"] in ("train", "validation") and file["tally"]["rows"]
    }
    assert hashes == data
