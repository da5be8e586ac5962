"""Reads a Delta table with Apache Spark and tries to change another, and prints what came of it.

spark.py JARS TABLE OTHER FOLDER: one JSON document, {"read": as read.py prints it of TABLE, "written": as write.py does of OTHER}.
"""

import hashlib
import json
import os
import sys

from changes import outcome
from pyspark.sql import SparkSession

SUMS = """
    SELECT max(txn) AS lastTxn, count(DISTINCT node_id) AS nodes, sum(size) AS sizes,
           max(size) AS greatestSize, max(version) AS greatestVersion, min(name) AS firstName, max(name) AS lastName,
           unix_micros(min(min_time)) AS leastTime, unix_micros(max(max_time)) AS greatestTime
    FROM pond"""

STATEMENTS = {
    "insert": "INSERT INTO delta.`{0}` SELECT * FROM delta.`{0}` LIMIT 3",
    "delete": "DELETE FROM delta.`{0}`",
    "optimize": "OPTIMIZE delta.`{0}`",
    "vacuum": "VACUUM delta.`{0}` RETAIN 0 HOURS",
    "set properties": "ALTER TABLE delta.`{0}` SET TBLPROPERTIES ('delta.appendOnly' = 'true')",
}


def session(jars):
    settings = {
        "spark.jars": ",".join(os.path.join(jars, name) for name in sorted(os.listdir(jars))),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.memory": "1g",
        # A short life: compiling harder and collecting in parallel take twice the time that they save.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def plain(value):
    return bytes(value).hex() if isinstance(value, (bytes, bytearray)) else value


def read(spark, table):
    frame = spark.read.format("delta").load(table)
    frame.createOrReplaceTempView("pond")
    columns = [f"unix_micros({name})" if kind == "timestamp" else name for name, kind in frame.dtypes]
    offset = frame.columns.index("extent_offset")
    rows = sorted(frame.selectExpr(*columns).collect(), key=lambda row: (row[0], row[1], row[offset] or 0))
    whole = hashlib.sha256()
    for row in rows:
        line = [plain(value) for value in row]
        whole.update(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return {
        "rows": len(rows),
        "digest": whole.hexdigest(),
        "kinds": {row["kind"]: row["count"] for row in frame.groupBy("kind").count().collect()},
        **spark.sql(SUMS).collect()[0].asDict(),
        "some": spark.sql("SELECT * FROM pond WHERE txn BETWEEN 1000 AND 1063").count(),
    }


def main(jars, table, other, folder):
    spark = session(jars)
    said = read(spark, table)
    written = {
        name: outcome(name, lambda copy, sql=sql: spark.sql(sql.format(copy)).collect(), other, folder)
        for name, sql in STATEMENTS.items()
    }
    print(json.dumps({"read": said, "written": written}))


main(*sys.argv[1:])
