"""Tries to change a Delta table in every way that other programs have, each time in a fresh copy, and prints what came of it.

write.py TABLE FOLDER: one JSON document, {attempt: {"error": message or null, "changed": [paths], "copy": path}}. Copies that were changed
stay in the folder.
"""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import duckdb_extension_delta
import polars as pl
import pyarrow as pa
from changes import outcome
from deltalake import CommitProperties, DeltaTable, Field, TableFeatures, Transaction, write_deltalake
from deltalake.schema import PrimitiveType


def some(table):
    """A few rows with the schema of the table."""
    return pa.table(DeltaTable(table).to_pyarrow_table().slice(0, 3))


def properties():
    return CommitProperties(app_transactions=[Transaction("other", 1)])


def duckdb_connection(table):
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.load_extension(str(next(Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension"))))
    connection.sql(f"ATTACH '{table}' AS pond (TYPE delta)")
    return connection


def merge(table):
    merging = DeltaTable(table).merge(some(table), "s.txn = t.txn", source_alias="s", target_alias="t")
    return merging.when_matched_delete().execute()


NONE = timedelta(0)
NO_GRACE = {"retention_hours": 0, "enforce_retention_duration": False, "dry_run": False}

ATTEMPTS = {
    "delta-rs append": lambda table: write_deltalake(table, some(table), mode="append"),
    "delta-rs append, new column": lambda table: write_deltalake(
        table, some(table).append_column("other", pa.array([1, 2, 3])), mode="append", schema_mode="merge"
    ),
    "delta-rs overwrite": lambda table: write_deltalake(table, some(table), mode="overwrite"),
    "delta-rs overwrite some": lambda table: write_deltalake(table, some(table), mode="overwrite", predicate="txn = 1"),
    "delta-rs delete": lambda table: DeltaTable(table).delete(),
    "delta-rs delete some": lambda table: DeltaTable(table).delete("txn = 1"),
    "delta-rs update": lambda table: DeltaTable(table).update({"op": "op + 1"}),
    "delta-rs merge": merge,
    "delta-rs optimize": lambda table: DeltaTable(table).optimize.compact(),
    "delta-rs z-order": lambda table: DeltaTable(table).optimize.z_order(["name"]),
    "delta-rs vacuum": lambda table: DeltaTable(table).vacuum(**NO_GRACE),
    "delta-rs vacuum full": lambda table: DeltaTable(table).vacuum(full=True, **NO_GRACE),
    "delta-rs restore": lambda table: DeltaTable(table).restore(1),
    "delta-rs repair": lambda table: DeltaTable(table).repair(),
    "delta-rs add column": lambda table: DeltaTable(table).alter.add_columns(Field("other", PrimitiveType("long"))),
    "delta-rs set properties": lambda table: DeltaTable(table).alter.set_table_properties({"delta.appendOnly": "true"}),
    "delta-rs add feature": lambda table: DeltaTable(table).alter.add_feature(
        TableFeatures.AppendOnly, allow_protocol_versions_increase=True
    ),
    "delta-rs add constraint": lambda table: DeltaTable(table).alter.add_constraint({"positive": "txn > 0"}),
    "delta-rs transaction": lambda table: DeltaTable(table).create_write_transaction(
        [], mode="append", schema=DeltaTable(table).schema(), commit_properties=properties()
    ),
    "delta-rs checkpoint": lambda table: DeltaTable(table).create_checkpoint(),
    "delta-rs clean-up": lambda table: DeltaTable(table).cleanup_metadata(),
    "delta-rs compact logs": lambda table: DeltaTable(table).compact_logs(0, 10),
    "polars append": lambda table: pl.from_arrow(some(table)).write_delta(table, mode="append"),
    "polars overwrite": lambda table: pl.from_arrow(some(table)).write_delta(table, mode="overwrite"),
    "duckdb insert": lambda table: duckdb_connection(table).sql("INSERT INTO pond SELECT * FROM pond LIMIT 3"),
    "duckdb delete": lambda table: duckdb_connection(table).sql("DELETE FROM pond"),
    "duckdb drop": lambda table: duckdb_connection(table).sql("DROP TABLE pond"),
}


def lose_a_file(table):
    Path(DeltaTable(str(table)).file_uris()[0].removeprefix("file://")).unlink()


def age(table):
    """Makes the table old enough for the clean-ups of others, which by default keep thirty days."""
    before = time.time() - 100 * 24 * 3600
    for path in (table / "_delta_log").iterdir():
        os.utime(path, (before, before))


PREPARATIONS = {"delta-rs repair": lose_a_file, "delta-rs clean-up": age}


def main(source, folder):
    print(json.dumps({name: outcome(name, ATTEMPTS[name], source, folder, PREPARATIONS.get(name)) for name in ATTEMPTS}))


main(*sys.argv[1:])
