"""Reads a Delta table by its statistics, then puts its small files together with delta-rs: {"slow": rows with ms = 1.5, "files": files there then}.

optimize.py TABLE
"""

import json
import sys

import polars as pl
from deltalake import DeltaTable, write_deltalake

table = sys.argv[1]
slow = pl.scan_delta(table).filter(pl.col("ms") == 1.5).collect().height
delta = DeltaTable(table)
write_deltalake(table, delta.to_pyarrow_table().slice(0, 1), mode="append")
delta = DeltaTable(table)
delta.optimize.compact()
print(json.dumps({"slow": slow, "files": len(DeltaTable(table).file_uris())}))
