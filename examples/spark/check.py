"""Spark on a cluster joins records with the tables of a snapshot, which its executors froze in parts, and comes to
the decisions of `filter`, row by row: over the sample, over records one microsecond about the ends of spans, and
over LDBC's social network where it is. In the middle of a join, both executors are killed.
"""

import logging
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb

from cluster import Cluster, wait_until
from events import Events
from plan import check_plan

sys.path.insert(0, str(Path(__file__).parents[1] / "sql"))
import worlds  # noqa: E402

PARTS = 4
# So many tasks of a join that executors can be killed while some are done, and others are not.
TASKS = 20
ATTEMPTS = 5
COPIES = 100
# Here, members are larger than what is sent to each executor, as they are in a lake, and the other tables are not.
BROADCAST = "12kb"
LDBC = worlds.ROOT.parent / "shared/data/ldbc/to_ndjson.py"

# The records as a lake has them, whose instants are no numbers. Spark writes the same types.
LAKE = """
COPY (SELECT id, subject, kind, make_timestamptz(created_us) AS created_at, make_timestamptz(deleted_us) AS deleted_at,
  make_timestamp(created_us) AS created_without_zone FROM records) TO '{folder}/records.parquet';
COPY further_of TO '{folder}/further_of.parquet';
COPY (SELECT record, make_timestamptz(starts_us) AS starts, make_timestamptz(ends_us) AS ends,
  make_timestamptz(recorded_us) AS recorded FROM restrictions_of) TO '{folder}/restrictions_of.parquet';
"""
VIEWS = {
    "records": "SELECT id, subject, kind, unix_micros(created_at) AS created_us, unix_micros(deleted_at) AS deleted_us FROM lake_records",
    "further_of": "SELECT record, subject FROM lake_further_of",
    "restrictions_of": "SELECT record, unix_micros(starts) AS starts_us, unix_micros(ends) AS ends_us, "
    "unix_micros(recorded) AS recorded_us FROM lake_restrictions_of",
}


def freeze(spark, subjects, folder, as_of, known_at):
    """The executors freeze the subjects, each a part at a time; the parts lie side by side in the folder."""
    folder.mkdir()
    command = [worlds.program(), "--subjects", str(subjects), "--as-of", as_of]
    command += ["--known-at", known_at] if known_at else []

    def one(number):
        part = ["--part", f"{number}/{PARTS}", "--snapshot", f"{folder}/part-{number}"]
        ran = subprocess.run(command + part, capture_output=True, text=True)
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr)
        return number

    frozen = spark.sparkContext.parallelize(range(1, PARTS + 1), PARTS).map(one).collect()
    assert frozen == list(range(1, PARTS + 1))


def take_in(spark, tables, names=worlds.TABLES[:4]):
    """The parts of each table as one."""
    for name in names:
        spark.read.parquet(f"{tables}/part-*/{name}.parquet").createOrReplaceTempView(name)


def take_in_records(spark, folder):
    for name, view in VIEWS.items():
        spark.read.parquet(f"{folder}/{name}.parquet").createOrReplaceTempView(f"lake_{name}")
        spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {view}")


def join(spark):
    return spark.sql(worlds.SQL["standard"])


def rows(spark, folder):
    """What Spark joins: written as Parquet, and read by another engine."""
    out = folder / "joined"
    join(spark).write.mode("overwrite").parquet(str(out))
    return duckdb.sql(f"SELECT id, verdict, mask, grounds FROM '{out}/*.parquet'").fetchall()


class World:
    """Subjects and records, decided by `filter`, and as a lake; its tables are frozen by Spark's executors."""

    def __init__(self, spark, folder, subjects, records, as_of, known_at):
        self.folder, self.tables = folder, folder / "frozen"
        self.subjects, self.as_of, self.known_at = subjects, as_of, known_at
        self.decided = worlds.by_filter(folder, records, as_of, known_at, subjects)
        self.whole = duckdb.connect()
        worlds.read(self.whole, folder / "tables", records)
        self.whole.execute(LAKE.format(folder=folder))
        freeze(spark, subjects, self.tables, as_of, known_at)
        self.take_in(spark)

    def take_in(self, spark):
        take_in(spark, self.tables)
        take_in_records(spark, self.folder)

    def compare(self, spark, what):
        worlds.compare("Spark", rows(spark, self.folder), self.decided, what)


def kill_in_the_middle(spark, cluster, done, killed):
    """Kills both executors when a join of two shuffles has done some of its tasks, and both work on others."""
    tracker, scheduler = spark.sparkContext.statusTracker(), spark.sparkContext._jsc.sc().dagScheduler()
    joins = {}
    while not done.is_set():
        for number in tracker.getActiveStageIds():
            if number not in joins:
                stage = scheduler.stageIdToStage().get(number)
                # What stands before the first shuffle is of the stage itself.
                steps = stage.get().rdd().toDebugString().split("+-(")[0] if stage.isDefined() else ""
                joins[number] = "ZippedPartitions" in steps
            info = tracker.getStageInfo(number) if joins[number] else None
            if info and info.numTasks == TASKS and info.numCompletedTasks >= 3 and info.numActiveTasks == 2:
                at = time.time() * 1000
                killed.append((cluster.kill_executors(), at, info))
                return
        time.sleep(0.002)


def check_kill(spark, cluster, world, what):
    """Joins while both executors are killed, until each was killed while it ran a task, and not between two."""
    for _ in range(ATTEMPTS):
        events, done, killed = Events(cluster.events), threading.Event(), []
        killer = threading.Thread(target=kill_in_the_middle, args=(spark, cluster, done, killed))
        many = {"spark.sql.shuffle.partitions": TASKS, "spark.sql.adaptive.coalescePartitions.enabled": False}
        with settings(spark, many):
            killer.start()
            try:
                joined = rows(spark, world.folder)
            finally:
                done.set()
                killer.join()
        worlds.compare("Spark", joined, world.decided, f"{what}, while both executors are killed")
        if killed and tell_kill(events, *killed[0]):
            return
        wait_until(lambda: len(cluster.executors()) == 2, 60, "two executors")
    raise SystemExit("in no attempt, both executors were killed while they ran tasks of a join")


def tell_kill(events, processes, at, stage):
    """Prints what happened, and tells whether both executors lost a task of a join."""
    lines = events.losses(processes, at)
    names = ", ".join(f"executor {executor} (process {process})" for executor, process in sorted(processes.items()))
    began = (at - events.start) / 1000
    print(f"  {began:6.2f} s  kill -9 of {names}: of stage {stage.stageId}, {stage.numCompletedTasks} of "
        f"{stage.numTasks} tasks are done, {stage.numActiveTasks} run")
    for seconds, line in lines or [(began, "one of them was between two tasks: once more")]:
        print(f"  {seconds:6.2f} s  {line}")
    print(f"  {(time.time() * 1000 - events.start) / 1000:6.2f} s  the join is written and compared", flush=True)
    return bool(lines)


class settings:
    """Settings of a session, until the end of the context."""

    def __init__(self, spark, wanted):
        self._conf, self._wanted = spark.conf, wanted

    def __enter__(self):
        self._before = {name: self._conf.get(name, None) for name in self._wanted}
        for name, value in self._wanted.items():
            self._conf.set(name, value)

    def __exit__(self, *_):
        for name, value in self._before.items():
            self._conf.unset(name) if value is None else self._conf.set(name, value)


def check_traps(spark, world, folder):
    """Instants in a session of another time zone, instants that are no numbers, and tables of another question."""
    moved = spark.sql("SELECT count(*) FROM lake_records WHERE unix_micros(created_without_zone) <> unix_micros(created_at)")
    assert moved.collect() == [(0,)], "the zone of the session moves instants without a zone"
    spark.sql("CREATE OR REPLACE TEMPORARY VIEW records AS SELECT id, subject, kind, created_at AS created_us, "
        "deleted_at AS deleted_us FROM lake_records")
    # PySpark logs the error, with its whole plan, besides.
    logging.disable()
    try:
        join(spark)
    except Exception as error:
        assert "DATATYPE_MISMATCH" in str(error), error
    else:
        raise SystemExit("Spark takes a timestamp for a number")
    finally:
        logging.disable(logging.NOTSET)
    take_in_records(spark, world.folder)
    other = folder / "of-another-question"
    freeze(spark, world.subjects, other, "2025-11-03", None)
    for name in ["members", "question"]:
        take_in(spark, other, [name])
        eligible = join(spark).where("verdict = 'eligible'").count()
        assert eligible == 0, f"{name} of another question admit {eligible} records"
        take_in(spark, world.tables, [name])
    print("Spark: a session's zone moves nothing, a timestamp is no number, and tables of another question admit nothing")


def check_shuffles(spark, cluster, world, what):
    """Records of one subject each are shuffled once; members once; and neither if both are bucketed."""
    records, members = (spark.table(name).count() for name in ["records", "members"])
    found = {}
    with settings(spark, {"spark.sql.shuffle.partitions": 8}):
        for how in ["as they come", "bucketed by subject"]:
            if how == "bucketed by subject":
                bucket(spark)
            events = Events(cluster.events)
            world.compare(spark, f"{what}, {how}")
            size, shuffled, _ = events.shuffled()
            found[how] = shuffled
            print(f"  {how}: {shuffled} rows shuffled, {size / records:.1f} bytes a record")
    # Where tables of few rows are made distinct, some rows are shuffled, too.
    few = 2000
    assert records <= found["as they come"] <= records + members + few, "records or members are shuffled more than once"
    assert found["bucketed by subject"] <= few, "bucketed tables are shuffled"
    for name in ["records", "members"]:
        spark.sql(f"DROP TABLE IF EXISTS {name}_by_subject")
    world.take_in(spark)


def bucket(spark):
    for name in ["records", "members"]:
        sorted_by_subject = spark.table(name).repartition(8, "subject").write.bucketBy(8, "subject").sortBy("subject")
        sorted_by_subject.mode("overwrite").saveAsTable(f"{name}_by_subject")
        spark.table(f"{name}_by_subject").createOrReplaceTempView(name)


def check_sample(spark, cluster, folder):
    for number, (as_of, known_at) in enumerate(worlds.QUESTIONS):
        what = f"as of {as_of}" + (f", known at {known_at}" if known_at else "")
        place = folder / f"sample-{number}"
        place.mkdir()
        subjects = worlds.people(place)
        world = World(spark, place, subjects, worlds.SAMPLE, as_of, known_at)
        if number == 0:
            check_plan(join(spark))
            check_traps(spark, world, place)
        world.compare(spark, what)
        edges = place / "edges.ndjson"
        worlds.write_edges(world.whole, edges)
        around = folder / f"edges-{number}"
        around.mkdir()
        World(spark, around, subjects, edges, as_of, known_at).compare(spark, what + ", one microsecond about the ends of spans")


def check_many(spark, cluster, folder, subjects, records, what):
    world = World(spark, folder, subjects, records, "2024-12-01", None)
    check_kill(spark, cluster, world, what)
    return world


def check_network(spark, cluster, folder):
    subprocess.run([sys.executable, LDBC, "sf0.1", folder], check=True)
    what = "a social network"
    world = check_many(spark, cluster, folder, folder / "subjects.ndjson", folder / "records.ndjson", what)
    check_shuffles(spark, cluster, world, what)


def check_copies(spark, cluster, folder):
    """Where the social network is not, each record of the sample many times."""
    many = folder / "records.ndjson"
    lines = worlds.SAMPLE.read_text().splitlines()
    with many.open("w") as file:
        for copy in range(COPIES):
            file.writelines(line.replace('"id":"', f'"id":"{copy}-', 1) + "\n" for line in lines)
    check_many(spark, cluster, folder, worlds.people(folder), many, f"the sample {COPIES} times")


def main():
    # A signal ends the processes and the folders as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    worlds.program()
    with tempfile.TemporaryDirectory(prefix="may-train-") as folder, Cluster() as cluster:
        folder = Path(folder)
        spark = cluster.session(
            spark__sql__session__timeZone="America/Los_Angeles",
            spark__sql__shuffle__partitions=4,
            spark__sql__autoBroadcastJoinThreshold=BROADCAST,
        )
        check_sample(spark, cluster, folder)
        many = folder / "many"
        many.mkdir()
        if LDBC.exists():
            check_network(spark, cluster, many)
        else:
            print("the social network is not here: the sample many times is in its place")
            check_copies(spark, cluster, many)


if __name__ == "__main__":
    main()
