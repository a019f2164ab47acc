"""Subjects and records of a size, the tables of both layouts, and what `filter` decides."""

import json
import subprocess
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]
FILTER = ROOT / "target/release/examples/filter"
AS_OF = "2024-12-01"

# One in ten moved, one in five chose, one in a hundred is erased. A few write much, most write little; one
# record in a hundred is of somebody unknown, and one in fifty is deleted.
PEOPLE = """
CREATE OR REPLACE MACRO drawn(i, what, below) AS (hash(i, what) % below)::INTEGER;
COPY (
  SELECT 'u' || i AS id, (1940 + drawn(i, 'born', 60))::VARCHAR AS born,
    [{{'at': '2012-0' || 1 + drawn(i, 'since', 9) || '-01', 'place': ['US', 'FR', 'GB', 'CA', 'IN', 'BR'][1 + drawn(i, 'place', 6)]}}]
      || CASE WHEN drawn(i, 'moves', 10) = 0
        THEN [{{'at': (DATE '2023-01-01' + drawn(i, 'when', 690))::VARCHAR, 'place': ['US', 'FR', 'HK'][1 + drawn(i, 'to', 3)]}}]
        ELSE [] END AS residence,
    CASE WHEN drawn(i, 'chooses', 5) = 0
      THEN [{{'at': (DATE '2024-09-01' + drawn(i, 'day', 80))::VARCHAR, 'purpose': 'ai-training.generative', 'choice': 'opt-out'}}]
      ELSE [] END AS choices,
    CASE WHEN drawn(i, 'erased', 100) = 0 THEN '2024-10-01' END AS erased_at
  FROM range({subjects}) AS one (i)
) TO '{folder}/subjects.ndjson' (FORMAT json);
"""
RECORDS = """
COPY (
  SELECT 'r' || i AS id,
    CASE WHEN drawn(i, 'unknown', 100) = 0 THEN 'x' || drawn(i, 'whom', 1000000)
      WHEN {is_skewed} AND drawn(i, 'skew', 2) = 0 THEN 'u7'
      ELSE 'u' || ({subjects} * pow(drawn(i, 'who', 1000000007) / 1000000007, 3))::BIGINT % {subjects} END AS subject,
    ['post', 'comment', 'profile', 'message', 'article'][1 + drawn(i, 'kind', 5)] AS kind,
    TIMESTAMPTZ '2022-01-01 00:00:00Z' + to_seconds(drawn(i, 'at', 94000000)) AS created_at,
    CASE WHEN drawn(i, 'deleted', 50) = 0 THEN TIMESTAMPTZ '2024-11-01 00:00:00Z' + to_days(drawn(i, 'gone', 60)) END AS deleted_at
  FROM range({records}) AS one (i)
) TO '{folder}/lake.parquet';
COPY (SELECT * EXCLUDE (created_at, deleted_at), epoch_us(created_at) AS created_us, epoch_us(deleted_at) AS deleted_us
  FROM '{folder}/lake.parquet') TO '{folder}/records.parquet';
COPY (SELECT ''::VARCHAR AS record, ''::VARCHAR AS subject WHERE false) TO '{folder}/further_of.parquet';
COPY (SELECT ''::VARCHAR AS record, 0::BIGINT AS starts_us, 0::BIGINT AS ends_us, 0::BIGINT AS recorded_us WHERE false)
  TO '{folder}/restrictions_of.parquet';
"""
# The layout that came before, from the tables of this one.
FORMER = """
CREATE OR REPLACE TEMP TABLE spans AS
WITH four AS (
  SELECT subject, created_from_us AS starts, t1_us AS ends, a0 AS answer, created_until_us AS last FROM '{folder}/members.parquet'
  UNION ALL SELECT subject, t1_us, t2_us, a1, created_until_us FROM '{folder}/members.parquet'
  UNION ALL SELECT subject, t2_us, t3_us, a2, created_until_us FROM '{folder}/members.parquet'
  UNION ALL SELECT subject, t3_us, {never}, a3, created_until_us FROM '{folder}/members.parquet'
)
SELECT subject, starts, CASE WHEN ends = {never} THEN last ELSE ends END AS ends, answer FROM four WHERE starts IS DISTINCT FROM {never}
UNION ALL SELECT NULL, NULL, NULL, nobody FROM '{folder}/question.parquet';
COPY (
  SELECT subject, make_timestamptz(starts) AS created_from, make_timestamptz(ends) AS created_until, kinds.kind AS kind,
    list_sort(list_filter(named.codes, lambda one: cells.mask & one.bit <> 0).list_transform(lambda one: one.code)) AS grounds
  FROM spans JOIN '{folder}/cells.parquet' AS cells USING (answer) JOIN '{folder}/kinds.parquet' AS kinds ON kinds.code = cells.kind,
    (SELECT list({{'code': code, 'bit': bit}}) AS codes FROM '{folder}/codes.parquet') AS named
) TO '{folder}/former/snapshot.parquet';
COPY (SELECT id, kind, created_at, deleted_at FROM '{folder}/lake.parquet') TO '{folder}/former/records.parquet';
COPY (SELECT id AS record, subject FROM '{folder}/lake.parquet') TO '{folder}/former/subjects_of.parquet';
COPY (SELECT ''::VARCHAR AS record, now() AS starts, now() AS ends, now() AS recorded WHERE false)
  TO '{folder}/former/restrictions_of.parquet';
COPY (SELECT make_timestamptz(as_of_us) AS as_of, make_timestamptz(known_at_us) AS known_at FROM '{folder}/question.parquet')
  TO '{folder}/former/question.parquet';
"""


def make(folder, subjects, records, is_skewed=False):
    (folder / "former").mkdir(parents=True)
    engine = duckdb.connect()
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute(PEOPLE.format(folder=folder, subjects=subjects))
    engine.execute(RECORDS.format(folder=folder, subjects=subjects, records=records, is_skewed=is_skewed))
    command = [FILTER, "--policy", "linkedin", "--subjects", folder / "subjects.ndjson", "--records", folder / "lake.parquet"]
    command += ["--as-of", AS_OF, "--snapshot", folder, "--decisions", folder / "decisions.ndjson"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    engine.execute(FORMER.format(folder=folder, never=2**63 - 1))
    engine.execute(f"CREATE TABLE decided AS SELECT record AS id, list_sort(grounds) AS grounds FROM read_json('{folder}/decisions.ndjson', "
        "format = 'newline_delimited', columns = {record: 'VARCHAR', grounds: 'VARCHAR[]'})")
    return engine


def differing(engine, out):
    """How many records an engine decided otherwise than `filter`, or not at all, or twice."""
    grounds = "list_sort(list_distinct(list_filter(string_split(grounds, ', '), lambda one: one <> '')))"
    ((count,),) = engine.execute(f"""
      WITH joined AS (SELECT id, {grounds} AS grounds FROM '{out}/*.parquet')
      SELECT count(*) FROM (
        (SELECT * FROM joined EXCEPT ALL SELECT * FROM decided) UNION ALL (SELECT * FROM decided EXCEPT ALL SELECT * FROM joined))
    """).fetchall()
    return count


