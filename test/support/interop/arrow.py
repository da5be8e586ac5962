"""Reads a stream of Apache Arrow with Arrow C++ and Polars, and prints what they find, as one JSON document.

arrow.py FILE: schema and values, as Arrow has them; whether its buffers are valid; names, types and values of what Polars takes.
"""

import json
import sys

import polars as pl
import pyarrow as pa

path = sys.argv[1]
table = pa.ipc.open_stream(path).read_all()
table.validate(full=True)


def text(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: text(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [text(one) for one in value]
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


# Polars has no intervals of months.
known = [name for name in table.schema.names if not pa.types.is_interval(table.schema.field(name).type)]
frame = pl.read_ipc_stream(path) if len(known) == len(table.schema.names) else pl.from_arrow(table.select(known))
print(
    json.dumps(
        {
            "rows": table.num_rows,
            "types": {field.name: str(field.type) for field in table.schema},
            "first": {name: text(table.column(name)[0].as_py()) for name in table.schema.names} if table.num_rows else None,
            "nulls": {name: table.column(name).null_count for name in table.schema.names},
            "polars": {"rows": frame.height, "types": {name: str(type) for name, type in frame.schema.items()}},
            "sum": text(frame["n"].sum()) if "n" in frame.columns else None,
        }
    )
)
