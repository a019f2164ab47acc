"""SQL engines join records with the tables of a snapshot, as `src/arrow/sql` says, and come to the decisions of
`filter`, row by row: over the sample and four questions, and over records one microsecond about the ends of
the spans of every member. In small random worlds they come to what the oracle of the tests decides, which
shares no code with the library.

Needs Rust, and the Python packages `duckdb`, `datafusion` and `pyarrow`; PostgreSQL where it is installed.
"""

import json
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

import datafusion
import duckdb
import pyarrow

import postgres
from worlds import (
    QUESTIONS,
    SAMPLE,
    SQL,
    TABLES,
    by_filter,
    compare,
    filter,
    people,
    plan_of_duckdb,
    read,
    read_decisions,
    run,
    take_in,
    write_edges,
)

WORLDS = 250


def by_duckdb(tables, explain=False):
    return plan_of_duckdb(tables, SQL["standard"]) if explain else tables.sql(SQL["standard"]).fetchall()


def by_datafusion(tables, explain=False):
    context = datafusion.SessionContext()
    for name in TABLES:
        table = tables.table(name).to_arrow_table()
        batches = table.to_batches() or [pyarrow.RecordBatch.from_pylist([], schema=table.schema)]
        context.register_record_batches(name, [batches])
    found = context.sql(("EXPLAIN " if explain else "") + SQL["standard"]).to_arrow_table()
    return list(zip(*(column.to_pylist() for column in found.columns)))


def columns(tables, name):
    """The columns that are numbers or texts: the others are for people."""
    found = tables.table(name)
    return [(column, "BIGINT" if kind == "BIGINT" else "TEXT") for column, kind in zip(found.columns, map(str, found.types))
            if kind in ("BIGINT", "VARCHAR")]


def by_sqlite(tables, explain=False):
    database = sqlite3.connect(":memory:")
    for name in TABLES:
        known = columns(tables, name)
        names = ", ".join(column for column, _ in known)
        database.execute(f"CREATE TABLE {name} ({', '.join(' '.join(column) for column in known)})")
        rows = tables.sql(f"SELECT {names} FROM {name}").fetchall()
        database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(known))})", rows)
    return database.execute(("EXPLAIN QUERY PLAN " if explain else "") + SQL["sqlite"]).fetchall()


def by_postgres(tables, explain=False):
    with tempfile.TemporaryDirectory() as folder:
        script = ["SET TimeZone = 'America/Los_Angeles';", "SET work_mem = '64MB';"]
        for name in TABLES:
            known = columns(tables, name)
            names = ", ".join(column for column, _ in known)
            script.append(f"CREATE TEMPORARY TABLE {name} ({', '.join(' '.join(column) for column in known)});")
            path = Path(folder) / name
            tables.sql(f"COPY (SELECT {names} FROM {name}) TO '{path}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
            script.append(f"\\copy {name} FROM '{path}' (FORMAT csv, NULL '\\N')")
            script.append(f"ANALYZE {name};")
        if explain:
            return [tuple(line) for line in postgres.run([*script, "EXPLAIN " + SQL["standard"] + ";"])]
        found = postgres.run([*script, "COPY (" + SQL["standard"] + ") TO STDOUT (FORMAT csv, NULL '\\N');"])
        none = lambda text: None if text == "\\N" else text
        return [(id, none(verdict), None if mask == "\\N" else int(mask), none(grounds)) for id, verdict, mask, grounds in found]


ENGINES = [by_duckdb, by_datafusion, by_sqlite]


def compare_all(tables, decided, what, engines=None):
    """Compares what engines join with what was decided, and gives how many records are eligible."""
    ((bad,),) = tables.sql("SELECT count(*) FROM records WHERE kind IS NULL OR created_us IS NULL").fetchall()
    for engine in engines or ENGINES:
        eligible = compare(engine.__name__, engine(tables), decided, what, bad, is_quiet=engines is not None)
    return eligible


# How a plan says that members are joined by the subject as a key, and not tried one by one with each record.
BY_SUBJECT = {
    "by_duckdb": r"HASH_JOIN [^\n]*\"subject = subject",
    "by_datafusion": r"HashJoinExec: [^\n]*on=\[\(subject@",
    "by_sqlite": r"SEARCH member USING [^\n]*INDEX \(subject=\?\)",
    "by_postgres": r"(Hash|Merge) Cond: \((\w+\.subject = member\w*\.subject|member\w*\.subject = \w+\.subject)\)",
}


def check_plans(tables):
    for engine in ENGINES:
        plan = "\n".join(" ".join(map(str, row)) for row in engine(tables, explain=True))
        # Once for the first subject of a record, and once for the others.
        found = len(re.findall(BY_SUBJECT[engine.__name__], plan))
        assert found == 2, f"{engine.__name__} joins members by the subject {found} times\n{plan}"
    print("every engine joins members by the subject as a key")


def check_traps(tables, folder):
    """A session in another zone changes nothing; tables of another question admit nothing."""
    before = {engine: sorted(engine(tables), key=str) for engine in ENGINES}
    tables.execute("SET TimeZone = 'America/Los_Angeles'")
    assert before == {engine: sorted(engine(tables), key=str) for engine in ENGINES}, "a time zone changes decisions"
    # Instants without a zone are turned into numbers as if they were UTC, whatever the zone of the session.
    moved = tables.sql("SELECT count(*) FROM records WHERE epoch_us(make_timestamp(created_us)) <> created_us").fetchall()
    assert moved == [(0,)], "a time zone moves instants without one"
    # What is forgotten to be turned into a number is an error.
    try:
        by_duckdb_of_instants(tables)
        raise SystemExit("a timestamp was taken for a number")
    except duckdb.Error:
        pass
    tables.execute("SET TimeZone = 'UTC'")
    other = folder / "other"
    by_filter_of_other(other)
    for name in ["members", "cells", "kinds", "question"]:
        # One table of another question among those of this one: nobody who is known is admitted.
        tables.execute(f"CREATE OR REPLACE TABLE kept AS FROM {name}")
        tables.execute(f"CREATE OR REPLACE TABLE {name} AS FROM '{other}/{name}.parquet'")
        for engine in ENGINES:
            admitted = [row for row in engine(tables) if row[1] == "eligible"]
            assert not admitted, f"{engine.__name__}: {name} of another question admit {admitted[:3]}"
        # Both together: two questions decide nothing; all else is as if the other were not there.
        tables.execute(f"CREATE OR REPLACE TABLE {name} AS FROM kept UNION ALL BY NAME FROM '{other}/{name}.parquet'")
        for engine in ENGINES:
            rows = engine(tables)
            if name == "question":
                assert rows == [], f"{engine.__name__}: two questions"
            else:
                eligible = {row[0] for row in rows if row[1] == "eligible"}
                allowed = {row[0] for row in before[engine] if row[1] == "eligible"}
                assert eligible <= allowed, f"{engine.__name__}: {name} of two questions"
        tables.execute(f"CREATE OR REPLACE TABLE {name} AS FROM kept")
    print("another time zone changes nothing, and tables of another question admit nothing")


def by_duckdb_of_instants(tables):
    tables.execute("CREATE OR REPLACE TABLE numbers AS FROM records")
    try:
        tables.execute("CREATE OR REPLACE TABLE records AS SELECT * REPLACE (make_timestamp(created_us) AS created_us) FROM numbers")
        by_duckdb(tables)
    finally:
        tables.execute("CREATE OR REPLACE TABLE records AS FROM numbers")


def by_filter_of_other(folder):
    folder.mkdir()
    by_filter(folder, SAMPLE, "2025-11-03", None)
    for path in (folder / "tables").iterdir():
        path.rename(folder / path.name)


def check_parts(tables, folder, as_of, decided):
    """Tables of parts, put together, are those of the whole."""
    parts = [folder / f"part-{number}" for number in (1, 2, 3)]
    for number, part in enumerate(parts, start=1):
        filter("--subjects", people(folder), "--as-of", as_of, "--snapshot", part, "--part", f"{number}/3")
    take_in(tables, parts)
    compare_all(tables, decided, f"as of {as_of}, in three parts")


def check_worlds(tables, folder, worlds):
    """In random worlds, engines decide as the oracle of the tests does."""
    run("random_worlds", folder, worlds)
    records = eligible = rows = 0
    for number in range(worlds):
        world = folder / str(number)
        read(tables, world / "tables", world / "records.ndjson")
        decided = read_decisions(world / "decisions.ndjson")
        # DuckDB fills its tables fastest.
        engines = ENGINES if number % 25 == 0 else [by_duckdb]
        eligible += compare_all(tables, decided, f"random world {number}", engines)
        records += len(decided)
        rows = max(rows, *(count for (count,) in tables.sql("SELECT count(*) FROM members GROUP BY subject").fetchall()), 0)
    assert eligible > records // 50 and rows > 1, "the worlds say little"
    print(f"{worlds} random worlds: {records} records as the oracle decides, {eligible} eligible")


def main():
    if postgres.start():
        ENGINES.append(by_postgres)
    else:
        print("PostgreSQL is not installed, and left out")
    tables = duckdb.connect()
    with tempfile.TemporaryDirectory() as folder:
        check_worlds(tables, Path(folder), WORLDS)
    for as_of, known_at in QUESTIONS:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            what = f"as of {as_of}" + (f", known at {known_at}" if known_at else "")
            decided = by_filter(folder, SAMPLE, as_of, known_at)
            read(tables, folder / "tables", SAMPLE)
            compare_all(tables, decided, what)
            if (as_of, known_at) == QUESTIONS[0]:
                (rows, subjects), = tables.sql("SELECT count(*), count(DISTINCT subject) FROM members").fetchall()
                assert rows > subjects, "nobody needs more than one row"
                check_plans(tables)
                check_traps(tables, folder)
                check_parts(tables, folder, as_of, decided)
                take_in(tables, [folder / "tables"])
            edges = folder / "edges.ndjson"
            write_edges(tables, edges)
            shutil.rmtree(folder / "tables")
            decided = by_filter(folder, edges, as_of, known_at)
            read(tables, folder / "tables", edges)
            compare_all(tables, decided, what + ", one microsecond about the ends of spans")


if __name__ == "__main__":
    try:
        main()
    finally:
        postgres.stop()
