"""DataFusion as an expert writes it: one row a subject first, then one hash join."""

import datafusion
import pyarrow as pa
from datafusion import SessionConfig, SessionContext

from standing import CHECK, Sql

version = datafusion.__version__


def instant(text):
    return f"arrow_cast({text}, 'Timestamp(Microsecond, None)')"


def small(expression):
    return f"arrow_cast({expression}, 'UInt32')"


class Peer:
    def __init__(self, tables, threads):
        self.context = SessionContext(SessionConfig().with_target_partitions(threads))
        for name, table in tables.by_name().items():
            batches = table.to_batches(max_chunksize=1 << 16)
            share = -(-len(batches) // threads)
            partitions = [batches[at : at + share] for at in range(0, len(batches), share)]
            self.context.register_record_batches(name, partitions)
        self.sql = Sql(tables, instant, small)
        checked = self.context.sql(CHECK).to_arrow_table()
        assert checked.column(0).to_pylist() == [True]

    def prepare(self, job):
        for name, select in self.sql.prepare(job).items():
            batches = self.context.sql(select).collect()
            if self.context.table_exist(name):
                self.context.deregister_table(name)
            self.context.register_record_batches(name, [batches])

    def decide(self, job):
        return pa.Table.from_batches(self.context.sql(self.sql.decide(job)).collect())
