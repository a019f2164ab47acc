"""DuckDB as an expert writes it: one row a subject first, then one hash join."""

import duckdb

from duckdb_tables import connect, instant, small
from standing import CHECK, Sql

version = duckdb.__version__


class Peer:
    def __init__(self, tables, threads):
        self.connection = connect(tables, threads)
        self.sql = Sql(tables, instant, small)
        assert self.connection.execute(CHECK).fetchall() == [(True,)]

    def prepare(self, job):
        for name, select in self.sql.prepare(job).items():
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {select}")

    def decide(self, job):
        return self.connection.sql(self.sql.decide(job)).to_arrow_table()
