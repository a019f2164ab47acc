"""Each engine joins the same records with both layouts; what it decides is compared with `filter`, and what it costs
is put into a table.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import data
from one import ENGINES

HERE = Path(__file__).parent
START, END = "<!-- engines -->", "<!-- end of engines -->"
SKEWED = ["Spark", "Spark, skewed partitions from 4 MB on split"]


def measure(engine, layout, folder, decided):
    """What one engine needs, in a process of its own; unless its answers are those of `filter`, nothing is told."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    ran = subprocess.run([sys.executable, HERE / "one.py", engine, layout, folder], stdout=subprocess.PIPE, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{engine}, {layout}: exit code {ran.returncode}")
    found = json.loads(ran.stdout.splitlines()[-1])
    if "ns" in found:
        differ = data.differing(decided, out)
        if differ:
            raise SystemExit(f"{engine}, {layout}: {differ} rows differ from what filter decides")
    print(engine, layout, found, file=sys.stderr)
    return found


def row(engine, layout, found, records):
    if "left_out" in found:
        return f"| {engine} | {layout} | {found['left_out']} | | | |"
    if "stopped" in found:
        return f"| {engine} | {layout} | {found['plan']} | stopped after {found['stopped']} s | | |"
    shuffled = f"{found['shuffled'] / records:.1f}" if "shuffled" in found else ""
    used = f"{found['ns'] / records:,.0f}"
    if "tasks" in found:
        used += f" ({found['tasks'] / records:,.0f})"
    return f"| {engine} | {layout} | {found['plan']} | {used} | {shuffled} | {found['peak'] / 2**20:,.0f} |"


def main():
    # A signal ends the folder as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--subjects", type=int, default=50_000)
    options.add_argument("--records", type=int, default=500_000)
    options.add_argument("--engines", default=";".join(ENGINES), help="names of engines, with `;` between them")
    options.add_argument("--write-readme", type=Path, help="put the tables between the marks of this file")
    options = options.parse_args()
    engines = options.engines.split(";")
    lines = ["| engine | layout | join of subjects | CPU, ns a record | shuffled, bytes a record | peak, MiB |", "| --- | --- | --- | ---: | ---: | ---: |"]
    skew = ["| half of the records by one subject | CPU of tasks, ns a record | longest task, of the time of all |", "| --- | ---: | ---: |"]
    with tempfile.TemporaryDirectory(prefix="may-train-engines-") as folder:
        folder = Path(folder)
        plain, skewed = folder / "plain", folder / "skewed"
        decided = data.make(plain, options.subjects, options.records)
        for engine in [engine for engine in engines if engine != SKEWED[1]]:
            for layout in ["former", "today"] if engine != "Spark, both tables bucketed by subject" else ["today"]:
                lines.append(row(engine, layout, measure(engine, layout, plain, decided), options.records))
        shutil.rmtree(plain)
        if set(SKEWED) <= set(engines):
            decided = data.make(skewed, options.subjects, options.records, is_skewed=True)
            for engine in SKEWED:
                found = measure(engine, "today", skewed, decided)
                skew.append(f"| {engine} | {found['tasks'] / options.records:,.0f} | {found['longest']:.0%} |")
    versions = ", ".join(f"{name} {version(name)}" for name in ["duckdb", "datafusion", "pyspark"])
    text = (f"{options.records:,} records of {options.subjects:,} subjects, the policy linkedin, two threads; {versions}. Every answer was "
        f"compared with `filter`'s. DuckDB, DataFusion and Spark join twice, and the second time is measured. In brackets, "
        "the CPU of Spark's tasks: without planning, and without making and compiling code, which do not grow with records.\n\n" + "\n".join(lines) + "\n\n" + "\n".join(skew))
    print(text)
    if options.write_readme:
        file = options.write_readme.read_text()
        before, rest = file.split(START)
        options.write_readme.write_text(f"{before}{START}\n\n{text}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
