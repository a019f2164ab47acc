"""Polars as an expert writes it: one row a subject first, then one hash join.

It rests on what `standing.py` rests on, checked here too. Nulls compare as false in `when`.
"""

from datetime import datetime

import polars as pl
from polars import col, when

from tables import GB_EXCLUDED, IN_FORCE, MINIMUM_AGE, NEVER

version = pl.__version__


def instant(day):
    return pl.lit(datetime.fromisoformat(day)).cast(pl.Datetime("us"))


class Peer:
    def __init__(self, tables, threads):
        assert pl.thread_pool_size() == threads
        for name, table in tables.by_name().items():
            setattr(self, name, pl.from_arrow(table))
        self.bit = {code: pl.lit(bit, pl.UInt32) for code, bit in tables.bit.items()}
        self.none = pl.lit(0, pl.UInt32)
        self.not_covered = tables.not_covered
        self.cut_off = instant(tables.cut_off)
        assert self.residences.group_by("subject").len()["len"].max() <= 2
        assert self.choices.group_by("subject").len()["len"].max() <= 5

    def prepare(self, job):
        standing = self.prepare_a() if job == "A" else self.prepare_b()
        self.standing = standing.collect()

    def decide(self, job):
        if job == "A":
            return self.with_verdict(self.found(self.records.lazy()), self.mask_a()).to_arrow()
        in_force = col("as_of") >= instant(IN_FORCE)
        ruled = self.found(self.records.lazy().filter(in_force))
        unruled = self.records.lazy().filter(~in_force)
        before = self.bit["no-policy-in-force"] | self.given("not-yet-created", self.is_early(col("as_of")))
        return pl.concat(
            [self.with_verdict(ruled, self.mask_b()), self.with_verdict(unruled, before)]
        ).to_arrow()

    def found(self, records):
        """The records, each with the columns of its subject's row."""
        return records.join(self.standing.lazy(), on="subject")

    def with_verdict(self, records, mask):
        """Eligible, ineligible, indeterminate are 0, 1, 2."""
        verdict = (
            when(col("mask") == 0)
            .then(pl.lit(0, pl.UInt8))
            .when(col("mask") == self.bit["residence-unknown"])
            .then(pl.lit(2, pl.UInt8))
            .otherwise(pl.lit(1, pl.UInt8))
        )
        masks = records.select("row", mask.alias("mask"))
        return masks.with_columns(verdict.alias("verdict")).collect()

    def given(self, ground, condition):
        return when(condition).then(self.bit[ground]).otherwise(self.none)

    def is_early(self, as_of):
        return col("created_at") > as_of

    def adult_at(self):
        return pl.datetime(col("born") + MINIMUM_AGE, 12, 31, 12, time_unit="us")

    def homes(self, until):
        """First and last residence of each subject, as far as `until`."""
        past = self.residences.lazy().filter(col("since") <= until).sort("subject", "since")
        placed = past.join(self.places.lazy(), on="place")
        excluded_from = col("excluded_from").fill_null(instant(NEVER))
        return placed.group_by("subject").agg(
            first_at=col("since").min(),
            change_at=col("since").max(),
            first_from=excluded_from.sort_by("since").first(),
            last_from=excluded_from.sort_by("since").last(),
        )

    def prepare_a(self):
        past = self.choices.lazy().filter(col("since") <= self.cut_off)
        last = past.group_by("subject").agg(last=col("choice").sort_by("since").last())
        unknown = col("first_at").is_null()
        people = self.subjects.lazy().join(self.homes(self.cut_off), on="subject", how="left")
        return people.join(last, on="subject", how="left").select(
            "subject",
            "first_at",
            "change_at",
            always=self.given("residence-unknown", unknown)
            | self.given("region-excluded", col("last_from") <= self.cut_off)
            | self.given("opted-out", col("last") == 0),
            not_covered=self.given("kind-not-covered", ~unknown),
            before=self.given("region-excluded", col("first_from") <= self.cut_off),
            adult_at=when(unknown)
            .then(None)
            .when(self.adult_at() > self.cut_off)
            .then(instant(NEVER))
            .otherwise(self.adult_at()),
        )

    def mask_a(self):
        created = col("created_at")
        return (
            col("always")
            | when(created < col("first_at"))
            .then(self.bit["residence-unknown"])
            .when(created < col("change_at"))
            .then(col("before"))
            .otherwise(self.none)
            | when(col("kind") == self.not_covered).then(col("not_covered")).otherwise(self.none)
            | self.given("under-age", created < col("adult_at"))
            | self.given("not-yet-created", self.is_early(self.cut_off))
        )

    def prepare_b(self):
        """Also the spans during which the subject is opted out: up to three."""
        earlier = col("choice").shift(1).over("subject").fill_null(1)
        turns = (
            self.choices.lazy()
            .sort("subject", "since")
            .filter(col("choice") != earlier)
            .group_by("subject", maintain_order=True)
            .agg("since")
        )
        ends = ["out_1", "in_1", "out_2", "in_2", "out_3"]
        spans = turns.select(
            "subject",
            *(col("since").list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(ends)),
        )
        people = self.subjects.lazy().join(self.homes(instant(NEVER)), on="subject", how="left")
        return people.join(spans, on="subject", how="left").select(
            "subject",
            "first_at",
            "change_at",
            "first_from",
            "last_from",
            *(col(end).fill_null(instant(NEVER)) for end in ends),
            adult_at=self.adult_at(),
        )

    def mask_b(self):
        as_of = col("as_of")
        created = when(self.is_early(as_of)).then(as_of).otherwise(col("created_at"))
        known = as_of >= col("first_at")
        excluded_from = when(as_of < col("change_at")).then(col("first_from")).otherwise(col("last_from"))
        return (
            self.given("residence-unknown", created < col("first_at"))
            | self.given(
                "region-excluded",
                known & (excluded_from <= as_of)
                | (created >= col("first_at"))
                & (created < col("change_at"))
                & (col("first_from") <= as_of),
            )
            | self.given(
                "opted-out",
                (as_of >= col("out_1")) & (as_of < col("in_1"))
                | (as_of >= col("out_2")) & (as_of < col("in_2"))
                | (as_of >= col("out_3")),
            )
            | self.given("kind-not-covered", known & (col("kind") == self.not_covered))
            | self.given("under-age", known & (created < col("adult_at")))
            | self.given("not-yet-created", self.is_early(as_of))
        )
