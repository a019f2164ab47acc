"""A standalone cluster of Spark on this machine: one master and two workers, each a process of its own, each
worker with one executor. It listens on the loopback alone, keeps its files in one folder, and ends with it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

HOME = Path(pyspark.__file__).parent
LOOPBACK = "127.0.0.1"
WORKERS = 2
MEMORY = "1g"
SECONDS_TO_START = 120


def _free_port():
    with socket.socket() as chosen:
        chosen.bind((LOOPBACK, 0))
        return chosen.getsockname()[1]


def _children(parent):
    """The ids of the processes that a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything.
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _command(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_text().split("\0")
    except OSError:
        return []


def wait_until(is_done, seconds, what):
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not within {seconds} seconds")
        time.sleep(0.01)


class Cluster:
    """Use it as a context: `with Cluster() as cluster`."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="may-train-spark-"))
        self.events = self.folder / "events"
        self._master, self._workers, self._session = None, [], None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _start(self):
        self.events.mkdir()
        port = _free_port()
        self.url = f"spark://{LOOPBACK}:{port}"
        self._master = self._spawn("master", "Master", "--host", LOOPBACK, "--port", port, "--webui-port", 0)
        for number in range(WORKERS):
            worker = f"worker-{number}"
            options = ["--host", LOOPBACK, "--webui-port", 0, "--cores", 1, "--memory", MEMORY]
            self._workers.append(self._spawn(worker, "Worker", *options, "--work-dir", self.folder / worker, self.url))
        joined = lambda: (self.folder / "master.log").read_text().count("Registering worker") == WORKERS
        wait_until(lambda: self._all_run() and joined(), SECONDS_TO_START, "the workers join the master")

    def _all_run(self):
        for process in [self._master, *self._workers]:
            if process.poll() is not None:
                logs = "\n".join(log.read_text() for log in sorted(self.folder.glob("*.log")))
                raise SystemExit(f"Spark's {process.args[1]} ended with {process.returncode}\n{logs}")
        return True

    def _spawn(self, name, program, *options):
        environment = {
            **os.environ,
            "SPARK_HOME": str(HOME),
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_LOCAL_DIRS": str(self.folder),
            "SPARK_DAEMON_MEMORY": "256m",
            "PYSPARK_PYTHON": sys.executable,
        }
        command = [HOME / "bin/spark-class", f"org.apache.spark.deploy.{program.lower()}.{program}", *options]
        with (self.folder / f"{name}.log").open("w") as log:
            # A session of its own: what it starts can be ended with it.
            return subprocess.Popen(
                list(map(str, command)), env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def session(self, **settings):
        """Starts a driver, in the place of the one before. Double underscores in names are dots."""
        self._end_session()
        os.environ.update(SPARK_LOCAL_IP=LOOPBACK, PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_DIRS=str(self.folder))
        builder = SparkSession.builder.master(self.url).appName("may-train")
        fixed = {
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
            "spark.driver.memory": MEMORY,
            "spark.executor.memory": "768m",
            "spark.executor.cores": 1,
            "spark.cores.max": WORKERS,
            "spark.ui.enabled": False,
            "spark.ui.liveUpdate.period": 0,
            "spark.ui.showConsoleProgress": False,
            "spark.log.level": "OFF",
            "spark.eventLog.enabled": True,
            "spark.eventLog.compress": False,
            "spark.eventLog.rolling.enabled": False,
            "spark.eventLog.dir": self.events.as_uri(),
            "spark.sql.warehouse.dir": (self.folder / "warehouse").as_uri(),
            "spark.scheduler.minRegisteredResourcesRatio": 1.0,
        }
        named = {name.replace("__", "."): value for name, value in settings.items()}
        for name, value in {**fixed, **named}.items():
            builder = builder.config(name, value)
        self._session = builder.getOrCreate()
        return self._session

    def _end_session(self):
        if self._session is not None:
            self._session.stop()
            self._session = None

    def executors(self):
        """The processes that run tasks: for each executor's id that of its process."""
        found = {}
        for worker in self._workers:
            for child in _children(worker.pid):
                words = _command(child)
                if "--executor-id" in words:
                    found[words[words.index("--executor-id") + 1]] = child
        return found

    def kill_executors(self):
        killed = self.executors()
        for process in killed.values():
            os.kill(process, signal.SIGKILL)
        return killed

    def _stop(self):
        try:
            self._end_session()
        finally:
            for process in [*self._workers, self._master]:
                self._end(process)
            shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _end(process):
        if process is None:
            return
        for deadly, seconds in [(signal.SIGTERM, 10), (signal.SIGKILL, None)]:
            try:
                os.killpg(process.pid, deadly)
            except ProcessLookupError:
                pass
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
