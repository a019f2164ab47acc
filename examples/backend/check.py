#!/usr/bin/env python3
"""Runs the tests of the service over SQLite and over a PostgreSQL of its own, in a temporary folder.

Further arguments are passed on to the tests: `./check.py kill_ -- --nocapture`.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "sql"))

import postgres

command = ["cargo", "test", "--locked", "--manifest-path", HERE / "Cargo.toml"]
arguments = [*sys.argv[1:]] if "--" in sys.argv else [*sys.argv[1:], "--"]
environment = dict(os.environ)
try:
    if postgres.start():
        environment["TEST_POSTGRES"] = f"postgres://may_train@localhost/postgres?host={postgres.folder()}"
        arguments += ["--include-ignored", "--test-threads", "4"]
    else:
        print("PostgreSQL is not installed: its tests are left out")
    code = subprocess.run([*command, *arguments], env=environment).returncode
finally:
    postgres.stop()
raise SystemExit(code)
