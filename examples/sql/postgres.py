"""A PostgreSQL of its own: in a temporary folder, reached by a socket in it, and gone afterwards."""

import csv
import io
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

_folder = None
_programs = None


def _find():
    """The folder of PostgreSQL's programs, which Debian keeps out of the path."""
    on_path = [Path(found).parent for found in [shutil.which("pg_ctl")] if found]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]), reverse=True)
    whole = [folder for folder in [*on_path, *debian] if all((folder / name).exists() for name in ["initdb", "pg_ctl", "psql"])]
    return whole[0] if whole else None


def _as_user():
    """PostgreSQL does not run as root: then another user runs it."""
    if os.geteuid() != 0:
        return {}
    user = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def start():
    """Starts a server, and tells whether there is one."""
    global _folder, _programs
    _programs = _find()
    if _programs is None:
        return False
    _folder = tempfile.mkdtemp(prefix="may-train-")
    user = _as_user()
    if user:
        shutil.chown(_folder, user["user"])
    quietly = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **user}
    data = f"{_folder}/data"
    subprocess.run([_programs / "initdb", "-D", data, "-A", "trust", "-U", "may_train", "-E", "UTF8", "--locale=C"], **quietly)
    # No port is listened to; the socket lies in the folder.
    options = f"-c listen_addresses='' -c unix_socket_directories='{_folder}' -c fsync=off"
    subprocess.run([_programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{_folder}/log", "start"], **quietly)
    return True


def folder():
    """The folder with the socket, by which clients reach the server."""
    return _folder


def run(script):
    """Runs statements, and gives the rows that the last of them writes."""
    psql = [_programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", _folder, "-U", "may_train", "postgres"]
    ran = subprocess.run(psql, input="\n".join(script), capture_output=True, text=True, cwd="/")
    if ran.returncode != 0 or ran.stderr:
        raise SystemExit(f"PostgreSQL: {ran.stderr}")
    return list(csv.reader(io.StringIO(ran.stdout)))


def stop():
    """Stops the server, if one was started."""
    global _folder
    if _folder is None:
        return
    stopped = [_programs / "pg_ctl", "-D", f"{_folder}/data", "-m", "immediate", "-w", "stop"]
    subprocess.run(stopped, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **_as_user())
    shutil.rmtree(_folder)
    _folder = None
