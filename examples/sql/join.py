"""SQL engines join the snapshot of the sample's people with its records, as `src/arrow/join.sql` says, and
come to the decisions of `filter`.

Needs Rust, and the Python packages `duckdb`, `datafusion` and `pyarrow`.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import datafusion
import duckdb

ROOT = Path(__file__).parents[2]
JOIN = (ROOT / "src/arrow/join.sql").read_text()
RECORDS = ROOT / "examples/sample/records.ndjson"
QUESTIONS = [("2024-12-01", None), ("2025-11-03", "2024-11-15"), ("2024-12-01", "2022-06-01"), ("2024-09-01", None)]

# Two records more are bad input: they must not come out as eligible.
TABLES = f"""
SET TimeZone = 'UTC';
CREATE TABLE lines AS SELECT * FROM read_json('{RECORDS}', format = 'newline_delimited', columns = {{
  id: 'VARCHAR', kind: 'VARCHAR', subjects: 'VARCHAR[]', created_at: 'TIMESTAMPTZ', deleted_at: 'TIMESTAMPTZ',
  restrictions: 'STRUCT("from" TIMESTAMPTZ, until TIMESTAMPTZ, recorded TIMESTAMPTZ)[]'}});
CREATE TABLE records AS SELECT id, kind, created_at, deleted_at FROM lines;
INSERT INTO records VALUES ('no-kind', NULL, '2024-01-01', NULL), ('no-instant', 'post', NULL, NULL);
CREATE TABLE subjects_of AS SELECT id AS record, unnest(subjects) AS subject FROM lines;
INSERT INTO subjects_of SELECT bad, subject FROM subjects_of, (VALUES ('no-kind'), ('no-instant')) AS bad (bad);
CREATE TABLE restrictions_of AS
SELECT id AS record, r."from" AS starts, r.until AS ends, coalesce(r.recorded, r."from") AS recorded
FROM (SELECT id, unnest(restrictions) AS r FROM lines);
"""


def by_filter(folder, as_of, known_at):
    """Writes the snapshot, and gives the grounds of each record."""
    decisions = folder / "decisions.ndjson"
    arguments = ["--subjects", ROOT / "examples/sample/subjects.ndjson", "--records", RECORDS, "--as-of", as_of]
    arguments += ["--snapshot", folder / "snapshot.parquet", "--decisions", decisions]
    arguments += ["--known-at", known_at] if known_at else []
    cargo = ["cargo", "run", "--quiet", "--locked", "--features", "parquet", "--example", "filter", "--"]
    subprocess.run([*cargo, *arguments], cwd=ROOT, check=True, capture_output=True)
    decided = map(json.loads, decisions.read_text().splitlines())
    return {decision["record"]: decision["grounds"] for decision in decided}


def by_duckdb(tables):
    return dict(tables.sql(JOIN).fetchall())


def by_datafusion(tables):
    context = datafusion.SessionContext()
    for name in ["snapshot", "records", "subjects_of", "restrictions_of", "question"]:
        context.register_record_batches(name, [tables.table(name).to_arrow_table().to_batches()])
    found = context.sql(JOIN).to_arrow_table()
    return dict(zip(found["id"].to_pylist(), found["grounds"].to_pylist()))


def main():
    tables = duckdb.connect()
    tables.execute(TABLES)
    for as_of, known_at in QUESTIONS:
        with tempfile.TemporaryDirectory() as folder:
            decided = by_filter(Path(folder), as_of, known_at)
            tables.execute(f"CREATE OR REPLACE TABLE snapshot AS FROM '{folder}/snapshot.parquet'")
        instants = [as_of, known_at]
        tables.execute(
            "CREATE OR REPLACE TABLE question AS SELECT ?::TIMESTAMPTZ AS as_of, ?::TIMESTAMPTZ AS known_at", instants
        )
        for engine in [by_duckdb, by_datafusion]:
            joined = engine(tables)
            for record in ["no-kind", "no-instant"]:
                assert joined.pop(record, None) != [], f"{record} is eligible by {engine.__name__}"
            assert joined == decided, f"{engine.__name__}, as of {as_of}"
            eligible = sum(not grounds for grounds in joined.values())
            print(f"{engine.__name__}, as of {as_of}: {len(joined)} records as filter decides, {eligible} eligible")


if __name__ == "__main__":
    main()
