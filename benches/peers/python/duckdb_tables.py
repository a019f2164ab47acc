"""DuckDB with the tables in memory, and the words of its dialect."""

import duckdb


def connect(tables, threads):
    connection = duckdb.connect(":memory:", config={"threads": threads})
    for name, table in tables.by_name().items():
        connection.register("arrow", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")
        connection.unregister("arrow")
    # Every answer names its row.
    connection.execute("SET preserve_insertion_order = false")
    return connection


def instant(text):
    return f"CAST({text} AS TIMESTAMP)"


def small(expression):
    return f"CAST({expression} AS UINTEGER)"
