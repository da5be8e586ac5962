"""Reads an exported table with several engines and prints the rows that each has, as one JSON document: engine to rows.

export.py DELTA PARQUET: rows are lists of level, ms, user and tags, with the date, in an order of their own.
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_delta
import polars as pl
from deltalake import DeltaTable, QueryBuilder
import pyarrow as pa

SQL = """SELECT CAST(date AS VARCHAR) AS date, level, ms, "user", CAST(epoch_us(time) AS BIGINT) AS us, big, tags FROM lake"""


def rows(table):
    return sorted((list(row.values()) for row in table.to_pylist()), key=json.dumps)


def by_duckdb(connection):
    return rows(connection.sql(SQL).to_arrow_table())


def delta_extension(table):
    extension = str(next(Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension")))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.load_extension(extension)
    connection.sql(f"CREATE VIEW lake AS FROM delta_scan('{table}')")
    return by_duckdb(connection)


def over_arrow(read):
    connection = duckdb.connect()
    connection.register("lake", read)
    return by_duckdb(connection)


def parquet(directory):
    connection = duckdb.connect()
    connection.sql(
        f"CREATE VIEW lake AS FROM read_parquet('{directory}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
    )
    return by_duckdb(connection)


def main(delta, directory):
    options = {"hive_partitioning": True, "missing_columns": "insert", "extra_columns": "ignore"}
    datafusion = QueryBuilder().register("lake", DeltaTable(delta)).execute("SELECT * FROM lake")
    said = {
        "delta-rs": over_arrow(pa.table(datafusion.read_all())),
        "arrow": over_arrow(DeltaTable(delta).to_pyarrow_table()),
        "polars": over_arrow(pl.scan_delta(delta).collect().to_arrow()),
        "duckdb-delta": delta_extension(delta),
        "duckdb-parquet": parquet(directory),
        "polars-parquet": over_arrow(
            pl.scan_parquet(f"{directory}/**/*.parquet", schema=pl.scan_delta(delta).collect_schema(), **options)
            .collect()
            .to_arrow()
        ),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
