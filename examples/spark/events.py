"""What Spark's own log of events says of a query: shuffles, and executors that were lost and replaced."""

import json
import time


class Events:
    """The events since it was made."""

    def __init__(self, folder):
        self._folder = folder
        self.start = time.time() * 1000

    def _all(self, kind):
        for path in self._folder.iterdir():
            for line in path.read_text().splitlines():
                # The file is still written: its last line may be cut off.
                if f'"SparkListener{kind}"' in line[:60] and line.endswith("}"):
                    yield json.loads(line)

    def _after(self, milliseconds):
        return (milliseconds - self.start) / 1000

    def tasks(self):
        """The tasks that were started since."""
        return [event for event in self._all("TaskEnd") if event["Task Info"]["Launch Time"] >= self.start]

    def shuffled(self):
        """The bytes and rows that were written for other tasks, and the processor's nanoseconds."""
        size, rows, nanoseconds = 0, 0, 0
        for task in self.tasks():
            metrics = task.get("Task Metrics") or {}
            written = metrics.get("Shuffle Write Metrics", {})
            size += written.get("Shuffle Bytes Written", 0)
            rows += written.get("Shuffle Records Written", 0)
            nanoseconds += metrics.get("Executor CPU Time", 0) + metrics.get("Executor Deserialize CPU Time", 0)
        return size, rows, nanoseconds

    def longest_task(self):
        """The milliseconds of the longest task, and of all."""
        times = [task["Task Metrics"]["Executor Run Time"] for task in self.tasks() if task.get("Task Metrics")]
        return max(times), sum(times)

    def joins(self):
        """The stages that join two shuffles."""
        stages = (event["Stage Info"] for event in self._all("StageSubmitted"))
        return {s["Stage ID"] for s in stages if any("ZippedPartitions" in rdd["Name"] for rdd in s["RDD Info"])}

    def losses(self, killed, at):
        """What happened after executors were killed, each line after its seconds; nothing unless each lost a task of a join.

        Asserts that the master removed them and added others, which finished tasks.
        """
        lost = [task for task in self.tasks() if self._is_lost(task, at)]
        if {task["Task Info"]["Executor ID"] for task in lost} != set(killed):
            return []
        removed = [event for event in self._all("ExecutorRemoved") if event["Timestamp"] >= at]
        added = [event for event in self._all("ExecutorAdded") if event["Timestamp"] >= at]
        names = {event["Executor ID"] for event in added}
        work = [task for task in self.tasks() if task["Task Info"]["Executor ID"] in names and not task["Task Info"]["Failed"]]
        assert set(killed) <= {event["Executor ID"] for event in removed}, "a killed executor is still there"
        assert len(names) >= len(killed) and work, "no executor took the place of those that were killed"
        lines = []
        for task in lost:
            info, stage = task["Task Info"], task["Stage ID"]
            lines.append((info["Finish Time"], f"executor {info['Executor ID']} lost task {info['Task ID']} of stage {stage}, a "
                f"join, which it ran since {self._after(info['Launch Time']):.2f} s"))
        for event in removed:
            lines.append((event["Timestamp"], f"executor {event['Executor ID']} removed: {event['Removed Reason'].splitlines()[0]}"))
        lines += [(event["Timestamp"], f"executor {event['Executor ID']} added") for event in added]
        for name in sorted(names):
            mine = [task["Task Info"]["Finish Time"] for task in work if task["Task Info"]["Executor ID"] == name]
            lines += [(max(mine), f"executor {name} has finished {len(mine)} tasks")] if mine else []
        return [(self._after(when), line) for when, line in sorted(lines)]

    def _is_lost(self, task, at):
        lost = task["Task End Reason"]["Reason"] == "ExecutorLostFailure"
        return lost and task["Task Info"]["Launch Time"] <= at and task["Stage ID"] in self.joins()
