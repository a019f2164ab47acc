#!/usr/bin/env python3
"""Sends thousands of hostile requests, made by schemathesis of the OpenAPI document, to a service of its own.

Fails if one is answered with a 500, is answered otherwise than the document says, or ends the service. 503 is an
answer: the service may say that it is busy. Needs `schemathesis` from PyPI beside it, or in the PATH.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
examples = sys.argv[1] if len(sys.argv) > 1 else "100"
program = shutil.which("schemathesis") or str(Path(sys.executable).parent / "schemathesis")

subprocess.run(["cargo", "build", "--locked", "--quiet", "--manifest-path", HERE / "Cargo.toml"], check=True)
with tempfile.TemporaryDirectory() as folder:
    environment = dict(os.environ, DATABASE_URL=f"sqlite:{folder}/db?mode=rwc", ADDRESS="127.0.0.1:0", OPS_ADDRESS="127.0.0.1:0",
                       PYTHONPATH=str(HERE), SCHEMATHESIS_HOOKS="hostile_hooks", REQUESTS_PER_SECOND="100000", REQUEST_BURST="100000", RUST_LOG="error")
    log = open(f"{folder}/log", "w+")
    service = subprocess.Popen([HERE / "target/debug/backend"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        lines = {}
        while "Set" not in lines:
            line = service.stdout.readline()
            lines[line.split(" ")[0]] = line
        document = re.search(r"http://\S+", lines["API"]).group()
        tokens = {"officer": re.search(r"token=(\S+)", lines["officer"]).group(1),
                  "pipeline": re.search(r"Bearer ([^']+)'", lines["pipeline"]).group(1),
                  "member": re.search(r"token=(\S+)", lines["member"]).group(1)}
        failed = []
        for role, token in tokens.items():
            print(f"== as {role}", flush=True)
            checks = "not_a_server_error,content_type_conformance,response_headers_conformance,status_code_conformance"
            ran = subprocess.run([program, "run", document, "--header", f"Authorization: Bearer {token}", "--checks", checks,
                                  "--max-examples", examples, "--phases", "examples,coverage,fuzzing", "--mode", "all",
                                  "--seed", "20260101", "--no-color", "--max-failures", "20"], env=environment)
            failed += [role] if ran.returncode else []
        if service.poll() is not None:
            failed.append("the service ended")
        log.seek(0)
        text = log.read()
        if "panicked" in text:
            failed.append("a panic: " + text[-2000:])
    finally:
        service.terminate()
        service.wait(30)
raise SystemExit("; ".join(failed) if failed else None)
