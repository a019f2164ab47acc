"""Runs one peer: loads the tables, then answers a line `job check` by a line of JSON."""

import argparse
import importlib
import json
import sys
import time

from tables import Tables


def answers(table):
    """How often each mask and verdict were given, and the sum of the rows."""
    groups = table.group_by(["mask", "verdict"]).aggregate([("row", "count"), ("row", "sum")])
    columns = ["mask", "verdict", "row_count", "row_sum"]
    return list(zip(*(groups.column(name).to_pylist() for name in columns)))


def timed(act, job):
    start = time.perf_counter_ns()
    result = act(job)
    return time.perf_counter_ns() - start, result


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer")
    arguments.add_argument("folder")
    arguments.add_argument("--rows", type=int)
    arguments.add_argument("--threads", type=int)
    given = arguments.parse_args()
    module = importlib.import_module(given.peer)
    load_ns, peer = timed(
        lambda folder: module.Peer(Tables(folder, given.rows), given.threads), given.folder
    )
    print(json.dumps({"version": module.version, "load_ns": load_ns}), flush=True)
    for line in sys.stdin:
        job, check = line.split()
        prepare_ns, _ = timed(peer.prepare, job)
        decide_ns, table = timed(peer.decide, job)
        told = {"prepare_ns": prepare_ns, "decide_ns": decide_ns}
        if check == "check":
            told["answers"] = answers(table)
        print(json.dumps(told), flush=True)
        del table


main()
