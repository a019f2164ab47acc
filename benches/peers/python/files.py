"""The example `filter` from files to files, and DuckDB joining the tables of its snapshot with the same records."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[3]
SQL = (ROOT / "src/arrow/sql/standard.sql").read_text()
AS_OF = "2024-12-01"
MARKERS = ("<!-- files -->", "<!-- end of files -->")

# People as in the workload of the other tables: one residence or two, few choices. The hash of a number stands for chance.
SUBJECTS = """
CREATE MACRO drawn(n, what, below) AS (hash(n, what) % below)::BIGINT;
CREATE MACRO day(n) AS TIMESTAMPTZ '2019-01-01 00:00:00Z' + to_days(n::INTEGER);
CREATE MACRO place(n) AS ['US', 'US-CA', 'IN', 'BR', 'GB', 'FR', 'DE', 'CA', 'HK', 'JP'][1 + n % 10];
CREATE TABLE subjects AS SELECT 'user-' || (n * 7919 % {subjects}) AS id, (1950 + drawn(n, 'born', 55))::VARCHAR AS born,
  CASE WHEN drawn(n, 'moved', 10) = 0
    THEN [{{'at': day(drawn(n, 'first', 700)), 'place': place(drawn(n, 'from', 10))}},
      {{'at': day(700 + drawn(n, 'second', 1300)), 'place': place(drawn(n, 'to', 10))}}]
    ELSE [{{'at': day(drawn(n, 'first', 700)), 'place': place(drawn(n, 'from', 10))}}] END AS residence,
  CASE WHEN drawn(n, 'chose', 5) = 0
    THEN [{{'at': day(1500 + drawn(n, 'chosen', 650)), 'purpose': 'ai-training.generative',
      'choice': ['opt-in', 'opt-out'][1 + drawn(n, 'choice', 2)]}}] ELSE [] END AS choices
FROM range({subjects}) AS all_of(n);
"""
RECORDS = """
CREATE TABLE records AS SELECT 'r' || n AS id, 'user-' || drawn(n, 'subject', {subjects} + {subjects} // 50) AS subject,
  ['post', 'article', 'comment', 'private-message', 'post'][1 + drawn(n, 'kind', 5)] AS kind,
  day(1100 + drawn(n, 'day', 1050)) + to_microseconds(drawn(n, 'time', 86400000000)) AS created_at
FROM range({records}) AS all_of(n);
"""
ZULU = "strftime({} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"


def make(folder, subjects, records):
    """Writes subjects and records, each as Parquet and as NDJSON."""
    tables = duckdb.connect()
    tables.execute("SET TimeZone = 'UTC'")
    for text in (SUBJECTS, RECORDS):
        tables.execute(text.format(subjects=subjects, records=records))
    at = ZULU.format("x.at")
    as_text = {
        "subjects": f"""SELECT id, born, list_transform(residence, lambda x: {{'at': {at}, 'place': x.place}}) AS residence,
            list_transform(choices, lambda x: {{'at': {at}, 'purpose': x.purpose, 'choice': x.choice}}) AS choices FROM subjects""",
        "records": f"SELECT id, subject, kind, {ZULU.format('created_at')} AS created_at FROM records",
    }
    for name, text in as_text.items():
        tables.execute(f"COPY {name} TO '{folder}/{name}.parquet' (FORMAT parquet)")
        tables.execute(f"COPY ({text}) TO '{folder}/{name}.ndjson' (FORMAT json)")
    tables.execute(f"COPY (FROM records LIMIT 0) TO '{folder}/none.parquet' (FORMAT parquet)")


def measured(command):
    """Runs a command, and returns its wall and processor seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode != 0:
        raise SystemExit(ran.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def joined(folder, threads):
    """Joins in a process of its own, which tells its times from the first table on."""
    ran = subprocess.run([sys.executable, __file__, "--join", folder, str(threads)], capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(ran.stderr)
    return tuple(json.loads(ran.stdout))


def join(folder, threads):
    tables = duckdb.connect()
    tables.execute(f"SET TimeZone = 'UTC'; SET threads = {threads}")
    start, used = time.perf_counter(), time.process_time()
    for name in ("members", "cells", "kinds", "question"):
        tables.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder}/snapshot/{name}.parquet')")
    tables.execute(f"""
        CREATE VIEW records AS SELECT id, subject, kind, epoch_us(created_at) AS created_us, NULL::BIGINT AS deleted_us
        FROM read_parquet('{folder}/records.parquet');
        CREATE TABLE further_of (record VARCHAR, subject VARCHAR);
        CREATE TABLE restrictions_of (record VARCHAR, starts_us BIGINT, ends_us BIGINT, recorded_us BIGINT);
        COPY ({SQL.rstrip().rstrip(';')}) TO '{folder}/joined.parquet' (FORMAT parquet)""")
    print(json.dumps([time.perf_counter() - start, time.process_time() - used]))


def check(folder, records):
    """The decisions of every form are those of the join, record by record."""
    tables = duckdb.connect()
    words = "array_to_string(decided.grounds, ', ') = joined.grounds"
    same = {"bits.parquet": "decided.mask = joined.mask", "words.parquet": words, "lines.ndjson": words}
    for file, is_same in same.items():
        (differ, alike), = tables.sql(f"""
            SELECT count(*) FILTER (WHERE (decided.verdict = joined.verdict AND {is_same}) IS NOT TRUE), count(*)
            FROM '{folder}/{file}' AS decided FULL JOIN '{folder}/joined.parquet' AS joined ON joined.id = decided.record""").fetchall()
        assert (differ, alike) == (0, records), f"{file}: {differ} of {alike} differ from the join"


def main():
    if sys.argv[1] == "--join":
        return join(*sys.argv[2:])
    options = argparse.ArgumentParser(prog="files", description=__doc__)
    options.add_argument("filter", help=argparse.SUPPRESS)
    options.add_argument("--subjects", type=int, default=1_000_000)
    options.add_argument("--records", type=int, default=4_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--check", action="store_true", help="a small run, for its answers alone")
    options.add_argument("--write-readme", metavar="PATH", help="put the table between the two markers of that file")
    told = options.parse_args()
    if told.check:
        told.subjects, told.records, told.rounds = 2_000, 40_000, 1
    with tempfile.TemporaryDirectory() as folder:
        text = table(folder, told)
    print(text)
    if told.write_readme:
        path = Path(told.write_readme)
        begin, end = MARKERS
        before, after = path.read_text().split(begin)[0], path.read_text().split(end)[1]
        path.write_text(f"{before}{begin}\n\n{text}\n{end}{after}")


def table(folder, told):
    make(folder, told.subjects, told.records)
    run = [told.filter, "--as-of", AS_OF]
    parquet, lines = [*run, "--subjects", f"{folder}/subjects.parquet"], [*run, "--subjects", f"{folder}/subjects.ndjson"]
    of_rows, of_lines = ["--records", f"{folder}/records.parquet"], ["--records", f"{folder}/records.ndjson"]
    none = ["--records", f"{folder}/none.parquet"]
    write = lambda file: ["--decisions", f"{folder}/{file}"]
    measured([*parquet, "--snapshot", f"{folder}/snapshot"])
    # What is run, its records or subjects, and what of it is no part of the step.
    steps = {
        "freeze subjects, Parquet": (lambda n: measured([*parquet, *none, "--threads", n]), told.subjects, None),
        "freeze subjects, NDJSON": (lambda n: measured([*lines, *none, "--threads", n]), told.subjects, None),
        "Parquet to counts": (lambda n: measured([*parquet, *of_rows, "--threads", n]), told.records, "Parquet"),
        "Parquet to Parquet, bits": (
            lambda n: measured([*parquet, *of_rows, *write("bits.parquet"), "--decisions-as", "bits", "--threads", n]),
            told.records, "Parquet"),
        "Parquet to Parquet, words": (
            lambda n: measured([*parquet, *of_rows, *write("words.parquet"), "--threads", n]), told.records, "Parquet"),
        "NDJSON to NDJSON, words": (
            lambda n: measured([*parquet, *of_lines, *write("lines.ndjson"), "--threads", n]), told.records, "Parquet"),
        "DuckDB joins, Parquet to Parquet": (lambda n: joined(folder, n), told.records, None),
    }
    found = {(name, threads): [] for name in steps for threads in (1, 2)}
    for _ in range(told.rounds):
        for name, threads in found:
            found[name, threads].append(steps[name][0](threads))
    check(folder, told.records)
    return as_table(steps, found, told)


def as_table(steps, found, told):
    middle = {key: [statistics.median(part) for part in zip(*times)] for key, times in found.items()}
    rows = [
        f"{told.subjects:,} subjects, {told.records:,} records; `filter` and DuckDB {duckdb.__version__} in turn, medians of"
        f" {told.rounds} rounds on {os.cpu_count()} cores. Nanoseconds a record, or a subject where subjects are frozen.",
        "",
        "| step | wall, 1 thread | wall, 2 threads | processor, 1 thread | processor, 2 threads |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, (_, count, without) in steps.items():
        cells = []
        for part in (0, 1):
            for threads in (1, 2):
                taken = middle[name, threads][part]
                if without:
                    taken -= middle[f"freeze subjects, {without}", threads][part]
                cells.append(f"{taken / count * 1e9:,.0f}")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


main()
