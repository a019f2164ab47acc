"""What an expert writes in SQL: first one row a subject, then one join for all records.

It rests on two facts about the tables, which are checked: nobody has more than two residences, nor
more than five choices. Where a change never comes, its instant is NEVER.
"""

from tables import GB_EXCLUDED, IN_FORCE, MINIMUM_AGE, NEVER

CHECK = """
SELECT max(homes) <= 2 AND max(choices) <= 5 FROM (
  SELECT count(*) AS homes, 0 AS choices FROM residences GROUP BY subject
  UNION ALL SELECT 0, count(*) FROM choices GROUP BY subject
) AS counted
"""


class Sql:
    """The statements, in the dialect of an engine.

    `instant` turns a day into a literal or casts an expression, `small` casts to the
    32 bits without sign that grounds take.
    """

    def __init__(self, tables, instant, small):
        self.bit = tables.bit
        self.not_covered = tables.not_covered
        self.cut_off = instant(f"'{tables.cut_off}'")
        self.in_force = instant(f"'{IN_FORCE}'")
        self.never = instant(f"'{NEVER}'")
        birthday = instant(f"make_date(born + {MINIMUM_AGE}, 12, 31)")
        # When that day has begun everywhere on earth.
        self.adult_at = f"({birthday} + INTERVAL '12 hours')"
        self.small = small

    def prepare(self, job):
        """The selects that give the one row a subject, by the name of their table."""
        if job == "A":
            return {"standing": self.standing_a()}
        return {"standing": self.standing_b(), "spans": self.spans()}

    def decide(self, job):
        """The select that decides all records."""
        return self.decide_a() if job == "A" else self.decide_b()

    def homes(self, until):
        """First and last residence of each subject, as far as `until`."""
        return f"""
          SELECT ends.subject, first_at, change_at,
            coalesce(first_place.excluded_from, {self.never}) AS first_from,
            coalesce(last_place.excluded_from, {self.never}) AS last_from
          FROM (SELECT subject, min(since) AS first_at, max(since) AS change_at FROM residences
                WHERE since <= {until} GROUP BY subject) AS ends
          JOIN residences AS one ON one.subject = ends.subject AND one.since = first_at
          JOIN residences AS two ON two.subject = ends.subject AND two.since = change_at
          JOIN places AS first_place ON first_place.place = one.place
          JOIN places AS last_place ON last_place.place = two.place"""

    def standing_a(self):
        bit = self.bit
        return f"""
        SELECT subjects.subject,
          CASE WHEN first_at IS NULL THEN {bit['residence-unknown']} ELSE 0 END
          | CASE WHEN last_from <= {self.cut_off} THEN {bit['region-excluded']} ELSE 0 END
          | CASE WHEN opted_out.subject IS NOT NULL THEN {bit['opted-out']} ELSE 0 END AS always,
          CASE WHEN first_at IS NULL THEN 0 ELSE {bit['kind-not-covered']} END AS not_covered,
          CASE WHEN first_from <= {self.cut_off} THEN {bit['region-excluded']} ELSE 0 END AS before,
          first_at, change_at,
          CASE WHEN first_at IS NULL THEN NULL
               WHEN {self.adult_at} > {self.cut_off} THEN {self.never}
               ELSE {self.adult_at} END AS adult_at
        FROM subjects
        LEFT JOIN ({self.homes(self.cut_off)}) AS homes ON homes.subject = subjects.subject
        LEFT JOIN (
          SELECT choices.subject FROM choices
          JOIN (SELECT subject, max(since) AS since FROM choices WHERE since <= {self.cut_off}
                GROUP BY subject) AS last ON last.subject = choices.subject AND last.since = choices.since
          WHERE choice = 0
        ) AS opted_out ON opted_out.subject = subjects.subject"""

    def decide_a(self):
        bit = self.bit
        return self.with_verdict(
            f"""
            SELECT records.row,
              always
              | CASE WHEN created_at < first_at THEN {bit['residence-unknown']}
                     WHEN created_at < change_at THEN before ELSE 0 END
              | CASE WHEN kind = {self.not_covered} THEN not_covered ELSE 0 END
              | CASE WHEN created_at < adult_at THEN {bit['under-age']} ELSE 0 END
              | CASE WHEN created_at > {self.cut_off} THEN {bit['not-yet-created']} ELSE 0 END
              AS mask
            FROM records JOIN standing ON standing.subject = records.subject"""
        )

    def standing_b(self):
        return f"""
        SELECT subjects.subject, {self.adult_at} AS adult_at, first_at, change_at, first_from, last_from
        FROM subjects
        LEFT JOIN ({self.homes(self.never)}) AS homes ON homes.subject = subjects.subject"""

    def spans(self):
        """The spans during which a subject is opted out: up to three. A table apart, as few have any."""
        ends = ", ".join(
            f"coalesce(max(CASE WHEN place = {place} THEN since END), {self.never}) AS {name}"
            for place, name in enumerate(["out_1", "in_1", "out_2", "in_2", "out_3"], start=1)
        )
        return f"""
        SELECT subject, {ends}
        FROM (
          SELECT subject, since, row_number() OVER (PARTITION BY subject ORDER BY since) AS place
          FROM (SELECT subject, since, choice,
                  lag(choice) OVER (PARTITION BY subject ORDER BY since) AS earlier
                FROM choices) AS each
          WHERE choice <> coalesce(earlier, 1)
        ) AS turns GROUP BY subject"""

    def decide_b(self):
        bit = self.bit
        created = "least(created_at, as_of)"
        return self.with_verdict(
            f"""
            SELECT row,
              CASE WHEN {created} < first_at THEN {bit['residence-unknown']} ELSE 0 END
              | CASE WHEN as_of >= first_at
                      AND CASE WHEN as_of < change_at THEN first_from ELSE last_from END <= as_of
                     OR {created} >= first_at AND {created} < change_at AND first_from <= as_of
                     THEN {bit['region-excluded']} ELSE 0 END
              | CASE WHEN as_of >= out_1 AND as_of < in_1 OR as_of >= out_2 AND as_of < in_2
                     OR as_of >= out_3 THEN {bit['opted-out']} ELSE 0 END
              | CASE WHEN as_of >= first_at AND kind = {self.not_covered}
                     THEN {bit['kind-not-covered']} ELSE 0 END
              | CASE WHEN as_of >= first_at AND {created} < adult_at
                     THEN {bit['under-age']} ELSE 0 END
              | CASE WHEN created_at > as_of THEN {bit['not-yet-created']} ELSE 0 END AS mask
            FROM records JOIN standing ON standing.subject = records.subject
            LEFT JOIN spans ON spans.subject = records.subject
            WHERE as_of >= {self.in_force}
            UNION ALL
            SELECT row, {bit['no-policy-in-force']}
              | CASE WHEN created_at > as_of THEN {bit['not-yet-created']} ELSE 0 END AS mask
            FROM records WHERE as_of < {self.in_force}"""
        )

    def with_verdict(self, masks):
        """Eligible, ineligible, indeterminate are 0, 1, 2."""
        return f"""
        SELECT row, {self.small('mask')} AS mask,
          CASE WHEN mask = 0 THEN 0 WHEN mask = {self.bit['residence-unknown']} THEN 2 ELSE 1 END
          AS verdict
        FROM ({masks}) AS decided"""
