"""Reads a Delta table with one of several engines and prints what it holds, as one JSON document.

read.py ENGINE TABLE [VERSION]

The engines share nothing but the Parquet and Delta formats: delta-rs with DataFusion, delta-rs with Arrow C++, Polars, DuckDB's own Parquet
reader over the files that delta-rs names, and DuckDB's Delta extension, which is made of delta-kernel.
"""

import hashlib
import json
import sys

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

SUMS = """
    SELECT max(txn) AS lastTxn, count(DISTINCT node_id) AS nodes, CAST(sum(size) AS BIGINT) AS sizes,
           max(size) AS greatestSize, max(version) AS greatestVersion, min(name) AS firstName, max(name) AS lastName,
           min(min_time) AS leastTime, max(max_time) AS greatestTime
    FROM pond"""
KINDS = "SELECT kind, count(*) AS number FROM pond GROUP BY kind"
SOME = "SELECT count(*) AS number FROM pond WHERE txn BETWEEN 1000 AND 1063"


def delta_rs(table, version):
    query = QueryBuilder().register("pond", DeltaTable(table, version=version))
    return lambda sql: pa.table(query.execute(sql).read_all())


def arrow(table, version):
    import duckdb

    connection = duckdb.connect()
    connection.register("pond", DeltaTable(table, version=version).to_pyarrow_table())
    return lambda sql: connection.sql(sql).to_arrow_table()


def polars(table, version):
    import polars as pl

    frame = pl.scan_delta(table, version=version)
    return lambda sql: pl.SQLContext(pond=frame).execute(sql, eager=True).to_arrow()


def duckdb_files(table, version):
    import duckdb

    files = DeltaTable(table, version=version).file_uris()
    connection = duckdb.connect()
    connection.read_parquet(files).create_view("pond")
    return lambda sql: connection.sql(sql).to_arrow_table()


def duckdb_delta(table, version):
    import duckdb
    import duckdb_extension_delta

    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.load_extension(extension_path(duckdb_extension_delta))
    at = "" if version is None else f", version => {version}"
    connection.sql(f"CREATE VIEW pond AS SELECT * FROM delta_scan('{table}'{at})")
    return lambda sql: connection.sql(sql).to_arrow_table()


def extension_path(package):
    from pathlib import Path

    return str(next(Path(package.__file__).parent.rglob("*.duckdb_extension")))


ENGINES = {
    "delta-rs": delta_rs,
    "arrow": arrow,
    "polars": polars,
    "duckdb-files": duckdb_files,
    "duckdb-delta": duckdb_delta,
}


def values(column):
    """The values of a column: times as microseconds, binary as hex."""
    if pa.types.is_timestamp(column.type):
        if column.type.unit != "us" or column.type.tz is None:
            raise SystemExit(f"times are {column.type}, not microseconds in UTC")
        column = column.cast(pa.int64())
    return [value.hex() if isinstance(value, bytes) else value for value in column.to_pylist()]


def digest(rows):
    lines = list(zip(*(values(column) for column in rows.columns)))
    offset = rows.column_names.index("extent_offset")
    lines.sort(key=lambda row: (row[0], row[1], row[offset] or 0))
    whole = hashlib.sha256()
    for row in lines:
        whole.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return whole.hexdigest()


def one_row(table):
    return {name: values(table.column(name))[0] for name in table.column_names}


def main(engine, table, version=None):
    query = ENGINES[engine](table, None if version is None else int(version))
    rows = query("SELECT * FROM pond")
    kinds = query(KINDS)
    said = {
        "rows": rows.num_rows,
        "digest": digest(rows),
        "kinds": dict(zip(values(kinds.column("kind")), values(kinds.column("number")))),
        **one_row(query(SUMS)),
        "some": values(query(SOME).column("number"))[0],
    }
    print(json.dumps(said))


main(*sys.argv[1:])
