"""One engine joins with one layout. One that compiles its plan does so twice, and the second time is measured.

    one.py ENGINE LAYOUT FOLDER

prints one JSON object: the processor's nanoseconds, the bytes shuffled, the peak of memory, and the joins of the plan.
"""

import json
import re
import resource
import shutil
import sqlite3
import sys
from pathlib import Path

import duckdb

import worlds

FORMER = (Path(__file__).parent / "former.sql").read_text()
TABLES = {
    "former": ["snapshot", "records", "subjects_of", "restrictions_of", "question"],
    "today": worlds.TABLES,
}
# What PostgreSQL may need before it is stopped: a nested loop does not end.
SECONDS = 60
TICK = 1e9 / 100
# A join by the subject as a key, and a loop that tries each row with each.
OF_POSTGRES = (
    r"((?:Hash|Merge)(?: \w+)? Join)[^\n]*\n\s*(?:Hash|Merge) Cond: [^\n]*(?:member|snapshot)\w*\.subject"
    r"|(Nested Loop)[^\n]*\n\s*Join Filter: [^\n]*(?:member|snapshot)\w*\.created_from"
)


def of_process(process):
    """The nanoseconds and the peak of memory of another process."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    (peak,) = re.findall(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return sum(map(int, times)) * TICK, int(peak) * 1024


def of_this():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e9, used.ru_maxrss * 1024


def joins(plan, of_subjects):
    """How a plan joins the table of subjects, each way once."""
    found = {next(filter(None, match.groups())) for match in re.finditer(of_subjects, plan)}
    return ", ".join(sorted(found)).replace("_", " ").lower()


def twice(run, used):
    run()
    before, _ = used()
    run()
    after, peak = used()
    return {"ns": after - before, "peak": peak}


def by_duckdb(layout, folder, out):
    engine = duckdb.connect(config={"threads": 2})
    engine.execute("SET TimeZone = 'UTC'")
    for name in TABLES[layout]:
        engine.execute(f"CREATE VIEW {name} AS FROM '{folder}/{name}.parquet'")
    sql, grounds = worlds.SQL["standard"], "grounds"
    if layout == "former":
        sql, grounds = FORMER, "array_to_string(grounds, ', ') AS grounds"
    plan = "\n".join(" ".join(line) for line in worlds.plan_of_duckdb(engine, sql))
    write = f"COPY (SELECT * REPLACE ({grounds}) FROM ({sql})) TO '{out}/0.parquet'".replace("REPLACE (grounds)", "")
    found = twice(lambda: engine.execute(write), of_this)
    return {**found, "plan": joins(plan, r'(\w+_JOIN) [^\n]*"subject (?:=|IS NOT DISTINCT FROM) subject"')}


def by_datafusion(layout, folder, out):
    import datafusion

    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(2))
    for name in TABLES[layout]:
        context.register_parquet(name, f"{folder}/{name}.parquet")
    sql = worlds.SQL["standard"]
    if layout == "former":
        sql = f"SELECT id, array_to_string(grounds, ', ') AS grounds FROM ({FORMER})"
    plan = str(context.sql("EXPLAIN " + sql).to_pydict())

    def run():
        shutil.rmtree(out)
        context.sql(sql).write_parquet(str(out))

    return {**twice(run, of_this), "plan": joins(plan, r"(\w+Join)Exec: [^\n]*?subject@")}


def by_sqlite(layout, folder, out):
    database, source = sqlite3.connect(":memory:"), duckdb.connect()
    source.execute("SET TimeZone = 'UTC'")
    for name in TABLES[layout]:
        load(source, folder, name, lambda columns: database.execute(f"CREATE TABLE {name} ({columns})"), lambda rows: database.executemany(
            f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows))
    sql = worlds.SQL["sqlite"]
    if layout == "former":
        # Texts in the place of lists.
        sql = re.sub(r"\['([a-z-]+)'\]", r"'\1'", FORMER)
        sql = re.sub(r"array_sort\(.*\) AS grounds", "group_concat(nullif(grounds, ''), ', ') AS grounds", sql)
    plan = str(database.execute("EXPLAIN QUERY PLAN " + sql).fetchall())

    before, _ = of_this()
    database.execute("CREATE TABLE joined AS " + sql)
    after, peak = of_this()
    found = {"ns": after - before, "peak": peak}
    write(source, database.execute("SELECT id, grounds FROM joined").fetchall(), out)
    return {**found, "plan": joins(plan, r"SEARCH (?:member|snapshot) USING ([A-Z ]*INDEX \([^)]*\))")}


def load(source, folder, name, make, insert):
    """Gives a table to an engine without types for instants and lists: numbers, and texts."""
    found = source.sql(f"FROM '{folder}/{name}.parquet'")
    columns, values = [], []
    for column, kind in zip(found.columns, map(str, found.types)):
        is_number = kind in ("BIGINT", "INTEGER") or kind.startswith("TIMESTAMP")
        columns.append(f"{column} {'BIGINT' if is_number else 'TEXT'}")
        value = f"epoch_us({column})" if kind.startswith("TIMESTAMP") else column
        values.append(f"array_to_string({column}, ', ')" if kind.endswith("[]") else value)
    make(", ".join(columns))
    rows = source.sql(f"SELECT {', '.join(values)} FROM '{folder}/{name}.parquet'").fetchall()
    if rows:
        insert(rows)


def write(engine, rows, out):
    path = out / "rows.ndjson"
    path.write_text("".join(json.dumps({"id": id, "grounds": grounds or ""}) + "\n" for id, grounds in rows))
    engine.execute(f"COPY (SELECT * FROM read_json('{path}', columns = {{id: 'VARCHAR', grounds: 'VARCHAR'}})) TO '{out}/0.parquet'")


def by_postgres(layout, folder, out):
    import postgres

    if not postgres.start():
        return {"left_out": "not installed"}
    try:
        return in_postgres(postgres, layout, folder, out)
    finally:
        postgres.stop()


def in_postgres(postgres, layout, folder, out):
    source = duckdb.connect()
    source.execute("SET TimeZone = 'UTC'")
    script = ["SET TimeZone = 'UTC';", "SET work_mem = '256MB';", "SET max_parallel_workers_per_gather = 0;"]
    for name in TABLES[layout]:
        script += load_postgres(source, folder, name, out)
    sql = worlds.SQL["standard"]
    if layout == "former":
        sql = re.sub(r"\['([a-z-]+)'\]", r"ARRAY['\1']", FORMER)
        one_by_one = "SELECT id, string_agg(DISTINCT one, ', ') AS grounds FROM found LEFT JOIN LATERAL unnest(grounds) AS one ON true GROUP BY id"
        sql = re.sub(r"SELECT id, array_sort.*", one_by_one, sql, flags=re.DOTALL)
    make = f"CREATE TEMPORARY TABLE joined AS {sql};"
    # The process of the server that does the work.
    script += ["SELECT pg_backend_pid() AS process \\gset", "\\setenv PROCESS :process"]
    tell = "\\! cat /proc/$PROCESS/stat; grep VmHWM /proc/$PROCESS/status"
    script += [f"\\o {out}/plan", f"EXPLAIN {sql};", "\\o", f"SET statement_timeout = '{SECONDS}s';"]
    script += [tell, make, tell]
    script += [f"\\copy (SELECT id, coalesce(grounds, '') FROM joined) TO '{out}/rows.csv' (FORMAT csv)"]
    try:
        told = [" ".join(line) for line in postgres.run(script)]
    except SystemExit as error:
        if "statement timeout" not in str(error):
            raise
        told = []
    found = {"plan": joins((out / "plan").read_text(), OF_POSTGRES)}
    if not told:
        return {**found, "stopped": SECONDS}
    source.execute(f"COPY (SELECT * FROM read_csv('{out}/rows.csv', header = false, names = ['id', 'grounds'], all_varchar = true, nullstr = '\\N')) TO '{out}/0.parquet'")
    before, after = [sum(map(int, line.rpartition(")")[2].split()[11:13])) * TICK for line in told[::2]]
    return {**found, "ns": after - before, "peak": int(told[-1].split()[1]) * 1024}


def load_postgres(source, folder, name, out):
    """The statements that load a table."""
    place, columns, values = out / f"{name}.csv", [], []
    found = source.sql(f"FROM '{folder}/{name}.parquet'")
    for column, kind in zip(found.columns, map(str, found.types)):
        types = {"BIGINT": "BIGINT", "INTEGER": "BIGINT", "VARCHAR[]": "TEXT[]"}
        columns.append(f"{column} {'TIMESTAMPTZ' if kind.startswith('TIMESTAMP') else types.get(kind, 'TEXT')}")
        values.append(f"'{{' || array_to_string({column}, ',') || '}}' AS {column}" if kind.endswith("[]") else column)
    rows = f"SELECT {', '.join(values)} FROM '{folder}/{name}.parquet'"
    source.execute(f"COPY ({rows}) TO '{place}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
    make = f"CREATE TEMPORARY TABLE {name} ({', '.join(columns)});"
    return [make, f"\\copy {name} FROM '{place}' (FORMAT csv, NULL '\\N')", f"ANALYZE {name};"]


def spark_session(out, settings):
    from pyspark.sql import SparkSession

    (out / "events").mkdir()
    fixed = {
        "spark.driver.memory": "4g",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.log.level": "OFF",
        "spark.eventLog.enabled": True,
        "spark.eventLog.compress": False,
        "spark.eventLog.rolling.enabled": False,
        "spark.eventLog.dir": (out / "events").as_uri(),
        "spark.sql.warehouse.dir": (out / "warehouse").as_uri(),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": 8,
        # As in a lake, the tables of subjects are larger than what is sent to every executor.
        "spark.sql.autoBroadcastJoinThreshold": "256kb",
    }
    builder = SparkSession.builder.master("local[2]").appName("may-train")
    for name, value in {**fixed, **settings}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def by_spark(layout, folder, out, settings={}, is_bucketed=False):
    from events import Events

    spark = spark_session(out, settings)
    for name in TABLES[layout]:
        spark.read.parquet(f"{folder}/{name}.parquet").createOrReplaceTempView(name)
    if is_bucketed:
        for name in ["records", "members"]:
            rows = spark.table(name).repartition(8, "subject").write.bucketBy(8, "subject").sortBy("subject")
            rows.saveAsTable(f"{name}_by_subject")
            spark.table(f"{name}_by_subject").createOrReplaceTempView(name)
    sql = worlds.SQL["standard"]
    if layout == "former":
        sql = re.sub(r"\['([a-z-]+)'\]", r"array('\1')", FORMER)
        sql = f"SELECT id, array_join(grounds, ', ') AS grounds FROM ({sql})"
    events = []

    def run():
        events.append(Events(out / "events"))
        spark.sql(sql).write.mode("overwrite").parquet(str(out / "joined"))

    machine = spark.sparkContext._gateway.proc.pid
    found = twice(run, lambda: of_process(machine))
    plan = spark.sql(sql)._jdf.queryExecution().sparkPlan().toString()
    shuffled, _, tasks = events[-1].shuffled()
    longest, all_tasks = events[-1].longest_task()
    spark.stop()
    for path in (out / "joined").glob("*.parquet"):
        path.rename(out / path.name)
    joined = joins(plan, r"(\w+Join) \[[^\]]*\bsubject#")
    return {**found, "plan": joined, "shuffled": shuffled, "tasks": tasks, "longest": longest / all_tasks}


ENGINES = {
    "DuckDB": by_duckdb,
    "DataFusion": by_datafusion,
    "SQLite": by_sqlite,
    "PostgreSQL": by_postgres,
    "Spark": by_spark,
    "Spark, both tables bucketed by subject": lambda *where: by_spark(*where, is_bucketed=True),
    "Spark, skewed partitions from 4 MB on split": lambda *where: by_spark(*where, settings={
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "4mb",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "2mb",
    }),
}

if __name__ == "__main__":
    engine, layout, folder = sys.argv[1:]
    out = Path(folder) / "out"
    out.mkdir()
    tables = Path(folder) / "former" if layout == "former" else Path(folder)
    print(json.dumps(ENGINES[engine](layout, tables, out)))
