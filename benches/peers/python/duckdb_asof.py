"""DuckDB as an analyst writes it: ASOF JOIN for what stood at an instant."""

import duckdb

from duckdb_tables import connect, instant
from tables import IN_FORCE, MINIMUM_AGE

version = duckdb.__version__


class Peer:
    def __init__(self, tables, threads):
        self.connection = connect(tables, threads)
        self.tables = tables

    def prepare(self, job):
        """Nothing: the query takes the tables as they are."""

    def decide(self, job):
        return self.connection.sql(self.query(job)).to_arrow_table()

    def query(self, job):
        bit = self.tables.bit
        cut_off = instant(f"'{self.tables.cut_off}'")
        if job == "A":
            as_of = cut_off
            home = f"""LEFT JOIN (SELECT subject, arg_max(place, since) AS place FROM residences
                       WHERE since <= {cut_off} GROUP BY subject) AS home USING (subject)"""
            choice = f"""LEFT JOIN (SELECT subject, arg_max(choice, since) AS choice FROM choices
                         WHERE since <= {cut_off} GROUP BY subject) AS setting USING (subject)"""
        else:
            as_of = "r.as_of"
            home = """ASOF LEFT JOIN residences AS home
                      ON home.subject = r.subject AND home.since <= r.as_of"""
            choice = """ASOF LEFT JOIN choices AS setting
                        ON setting.subject = r.subject AND setting.since <= r.as_of"""
        known = "(home.place IS NOT NULL OR origin.place IS NOT NULL)"
        return f"""
        SELECT row, mask::UINTEGER AS mask,
          CASE mask WHEN 0 THEN 0 WHEN {bit['residence-unknown']} THEN 2 ELSE 1 END AS verdict
        FROM (
          SELECT r.row,
            CASE WHEN {as_of} < {instant(f"'{IN_FORCE}'")} THEN {bit['no-policy-in-force']}
            ELSE
              CASE WHEN home.place IS NULL OR origin.place IS NULL
                   THEN {bit['residence-unknown']} ELSE 0 END
              | CASE WHEN home_rule.excluded_from <= {as_of} OR origin_rule.excluded_from <= {as_of}
                     THEN {bit['region-excluded']} ELSE 0 END
              | CASE WHEN setting.choice = 0 THEN {bit['opted-out']} ELSE 0 END
              | CASE WHEN {known} AND r.kind = {self.tables.not_covered}
                     THEN {bit['kind-not-covered']} ELSE 0 END
              | CASE WHEN {known}
                      AND r.created < make_timestamp(s.born + {MINIMUM_AGE}, 12, 31, 12, 0, 0)
                     THEN {bit['under-age']} ELSE 0 END
            END
            | CASE WHEN r.created_at > {as_of} THEN {bit['not-yet-created']} ELSE 0 END AS mask
          FROM (SELECT *, least(created_at, {as_of.replace('r.', '')}) AS created FROM records) AS r
          JOIN subjects AS s USING (subject)
          {home}
          {choice}
          ASOF LEFT JOIN residences AS origin
            ON origin.subject = r.subject AND origin.since <= r.created
          LEFT JOIN places AS home_rule ON home_rule.place = home.place
          LEFT JOIN places AS origin_rule ON origin_rule.place = origin.place
        )"""
