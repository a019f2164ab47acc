"""What engines are compared on: questions, people, records at the edges of spans, and what `filter` decides.

Needs Rust and the Python package `duckdb`.
"""

import functools
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SQL = {path.stem: path.read_text() for path in (ROOT / "src/arrow/sql").glob("*.sql")}
SAMPLE = ROOT / "examples/sample/records.ndjson"
QUESTIONS = [("2024-12-01", None), ("2025-11-03", "2024-11-15"), ("2024-12-01", "2022-06-01"), ("2024-09-01", None)]
TABLES = ["members", "cells", "kinds", "question", "records", "further_of", "restrictions_of"]
FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"

# The records as an engine has them, instants as numbers. Records that are bad input must not be eligible.
RECORDS = """
SET TimeZone = 'UTC';
CREATE OR REPLACE TABLE lines AS SELECT * FROM read_json('{path}', format = 'newline_delimited', columns = {{
  id: 'VARCHAR', kind: 'VARCHAR', subject: 'VARCHAR', subjects: 'VARCHAR[]', created_at: 'TIMESTAMPTZ', deleted_at: 'TIMESTAMPTZ',
  restrictions: 'STRUCT("from" TIMESTAMPTZ, until TIMESTAMPTZ, recorded TIMESTAMPTZ)[]'}});
CREATE OR REPLACE TABLE records AS
SELECT id, coalesce(subject, subjects[1]) AS subject, kind, epoch_us(created_at) AS created_us, epoch_us(deleted_at) AS deleted_us FROM lines;
INSERT INTO records SELECT 'no-kind' || row_number() OVER (), subject, NULL, created_us, NULL FROM records LIMIT 300;
INSERT INTO records SELECT 'no-instant' || row_number() OVER (), subject, kind, NULL, NULL FROM records LIMIT 300;
CREATE OR REPLACE TABLE further_of AS SELECT id AS record, unnest(subjects[2:]) AS subject FROM lines;
CREATE OR REPLACE TABLE restrictions_of AS
SELECT id AS record, epoch_us(r."from") AS starts_us, epoch_us(r.until) AS ends_us, epoch_us(r.recorded) AS recorded_us
FROM (SELECT id, unnest(restrictions) AS r FROM lines);
"""

# About each end of each member's spans: before, at and after it, of each kind that the policy names and of
# another; some with a subject more. And the ends of time.
EDGES = f"""
WITH ends AS (
  SELECT subject, unnest([created_from_us, t1_us, t2_us, t3_us]) AS micros FROM members
), places AS (
  SELECT subject, micros + unnest([-1, 0, 1]) AS micros FROM ends WHERE micros < {2**62}
  UNION ALL SELECT DISTINCT subject, unnest([epoch_us(TIMESTAMPTZ '{FIRST}'), epoch_us(TIMESTAMPTZ '{LAST}'), question.as_of_us,
    question.as_of_us + 1, question.as_of_us - 1]) FROM members, question
), numbered AS (SELECT *, row_number() OVER (ORDER BY subject, micros) AS n FROM places
), named AS (
  SELECT coalesce(list(kind ORDER BY kind), []) || ['no-such-kind'] AS kinds FROM kinds WHERE kind IS NOT NULL)
SELECT 'e' || n AS id, kinds[1 + n % len(kinds)] AS kind,
  [subject] || (CASE WHEN n % 7 = 0 THEN [(SELECT max(subject) FROM members)] ELSE [] END) AS subjects,
  strftime(make_timestamptz(micros) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS created_at
FROM numbered, named
"""


@functools.cache
def program(example="filter"):
    """The file of an example, which Cargo builds if it has to."""
    cargo = ["cargo", "build", "--quiet", "--locked", "--features", "parquet", "--example", example]
    built = subprocess.run([*cargo, "--message-format", "json"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise SystemExit(f"{example} does not build")
    files = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
    return next(file for file in files if file)


def filter(*arguments):
    run("filter", *arguments)


def run(example, *arguments):
    ran = subprocess.run([program(example), *map(str, arguments)], capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(ran.stderr)


def people(folder):
    """The subjects of the sample, and some who move so often that they need several rows of members."""
    path = folder / "subjects.ndjson"
    places = ["US", "FR", "CA", "HK", "GB", "JP"]
    movers = []
    for number in range(12):
        homes = [{"at": f"{2010 + move}-0{1 + number % 9}-01", "place": places[(number + move) % len(places)]} for move in range(13)]
        movers.append(json.dumps({"id": f"mover-{number}", "born": "1980", "residence": homes}))
    path.write_text((ROOT / "examples/sample/subjects.ndjson").read_text() + "\n".join(movers) + "\n")
    return path


def by_filter(folder, records, as_of, known_at, subjects=None):
    """Writes the tables, and gives verdict and grounds of each record."""
    decisions = folder / "decisions.ndjson"
    arguments = ["--subjects", subjects or people(folder), "--records", records, "--as-of", as_of]
    arguments += ["--known-at", known_at] if known_at else []
    filter(*arguments, "--snapshot", folder / "tables", "--decisions", decisions)
    return read_decisions(decisions)


def read_decisions(path):
    decided = map(json.loads, path.read_text().splitlines())
    return {each["record"]: (each["verdict"], ", ".join(each["grounds"])) for each in decided}


def compare(engine, rows, decided, what, bad_records=600, is_quiet=False):
    """Compares what an engine joined with what was decided, row by row, and gives how many records are eligible."""
    bad = [row for row in rows if row[0].startswith("no-")]
    assert len(bad) == bad_records > 0 and all(tuple(row[1:]) == (None, None, None) for row in bad), f"{engine}: bad records"
    joined = {row[0]: (row[1], row[3]) for row in rows if not row[0].startswith("no-")}
    assert len(rows) == len(bad) + len(joined), f"{engine}, {what}: a record is there twice"
    differ = {id for id in joined.keys() | decided.keys() if joined.get(id) != decided.get(id)}
    assert not differ, f"{engine}, {what}: {[(id, joined.get(id), decided.get(id)) for id in sorted(differ)[:3]]}"
    eligible = sum(verdict == "eligible" for verdict, _ in joined.values())
    if not is_quiet:
        print(f"{engine}, {what}: {len(joined)} records as filter decides, {eligible} eligible", flush=True)
    return eligible


def write_edges(tables, path):
    """Writes records one microsecond about the ends of the spans of the members in the tables."""
    tables.execute(f"COPY ({EDGES}) TO '{path}' (FORMAT json)")


def read(tables, folder, records):
    tables.execute(RECORDS.format(path=records))
    take_in(tables, [folder])


def take_in(tables, folders):
    for name in TABLES[:4]:
        files = [str(folder / f"{name}.parquet") for folder in folders]
        tables.execute(f"CREATE OR REPLACE TABLE {name} AS FROM read_parquet({files})")


def plan_of_duckdb(tables, sql):
    """The operators of a plan: of each its name, and what it does."""
    ((_, plan),) = tables.sql("EXPLAIN (FORMAT json) " + sql).fetchall()
    operators, lines = json.loads(plan), []
    while operators:
        operator = operators.pop()
        operators += operator["children"]
        lines.append((operator["name"], json.dumps(operator["extra_info"])))
    return lines
