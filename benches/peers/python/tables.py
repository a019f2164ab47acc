"""The tables of the workload, from the raw columns that the benchmark wrote; and the policy in plain words."""

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa

INSTANT = pa.timestamp("us")

# The policy as its text has it: since when whom it excludes, from which age, and what it leaves out.
IN_FORCE = "2024-09-18"
GB_EXCLUDED = "2024-09-20"
MINIMUM_AGE = 18
NOT_COVERED = "message"

# Later than all that the workload knows.
NEVER = "2200-01-01"


class Tables:
    """Arrow tables of people and records, in memory."""

    def __init__(self, folder, rows):
        self.folder = Path(folder)
        facts = json.loads((self.folder / "facts.json").read_text())
        self.cut_off = datetime.fromisoformat(facts["as_of"]).strftime("%Y-%m-%d")
        self.bit = facts["grounds"]
        self.not_covered = facts["kinds"].index(NOT_COVERED)
        self.subjects = self._read(
            {"subject": ("person", pa.uint32()), "born": ("born", pa.int32())}
        )
        self.residences = self._read(
            {
                "subject": ("residence_subject", pa.uint32()),
                "since": ("residence_at", INSTANT),
                "place": ("residence_place", pa.uint16()),
            }
        )
        self.choices = self._read(
            {
                "subject": ("choice_subject", pa.uint32()),
                "since": ("choice_at", INSTANT),
                "choice": ("choice", pa.uint8()),
            }
        )
        self.places = places(facts["places"], facts["europe"])
        self.records = self._read(
            {
                "row": ("row", pa.uint32()),
                "subject": ("subject", pa.uint32()),
                "created_at": ("created_at", INSTANT),
                "kind": ("kind", pa.uint8()),
                "as_of": ("as_of", INSTANT),
            },
            rows,
        )

    def by_name(self):
        """Every table by its name."""
        names = ["subjects", "residences", "choices", "places", "records"]
        return {name: getattr(self, name) for name in names}

    def _read(self, columns, rows=None):
        arrays = [self._column(name, kind, rows) for name, kind in columns.values()]
        return pa.table(arrays, names=list(columns))

    def _column(self, name, kind, rows):
        width = kind.bit_width // 8
        with open(self.folder / name, "rb") as file:
            data = file.read() if rows is None else file.read(rows * width)
        return pa.Array.from_buffers(kind, len(data) // width, [None, pa.py_buffer(data)])


def places(names, europe):
    """Each place, and since when it is excluded; nothing, where it is not."""

    def since(name):
        if name in europe or name == "CH":
            return datetime.fromisoformat(IN_FORCE)
        return datetime.fromisoformat(GB_EXCLUDED) if name == "GB" else None

    return pa.table(
        {
            "place": pa.array(range(len(names)), pa.uint16()),
            "excluded_from": pa.array([since(name) for name in names], INSTANT),
        }
    )
