-- ClickHouse, with `join_use_nulls = 1`.
WITH asked AS (
  -- The one question of the tables. Where they mix questions, or have the kinds of another, it has no
  -- row, and nothing is decided.
  SELECT min(q.id) AS question_id, min(q.as_of_us) AS cut_off_us, min(q.known_at_us) AS until_us,
    min(q.nobody) AS nobody
  FROM question AS q
  LEFT JOIN kinds AS other ON other.question_id = q.id AND other.code = 0
  HAVING count(DISTINCT q.id) = 1 AND count(other.code) > 0
),
-- Parts that were put together repeat these.
cell AS (
  SELECT DISTINCT c.answer AS answer, c.kind AS kind, c.mask AS mask
  FROM cells AS c JOIN asked ON asked.question_id = c.question_id
),
named AS (
  SELECT DISTINCT k.kind AS kind, k.code AS code
  FROM kinds AS k JOIN asked ON asked.question_id = k.question_id
),
met AS (
  -- Each record with the answer of its first subject: of nobody, if it is not known.
  SELECT record.id AS id, coalesce(named.code, 0) AS kind,
    CASE WHEN member.subject IS NULL THEN asked.nobody
      WHEN record.created_us < member.t1_us THEN member.a0
      WHEN record.created_us < member.t2_us THEN member.a1
      WHEN record.created_us < member.t3_us THEN member.a2
      ELSE member.a3 END AS answer,
    CASE WHEN record.created_us > asked.cut_off_us THEN 2048 ELSE 0 END
      + CASE WHEN record.deleted_us <= asked.cut_off_us THEN 1024 ELSE 0 END AS mask,
    record.created_us IS NULL OR record.kind IS NULL AS is_bad
  FROM records AS record
  CROSS JOIN asked
  LEFT JOIN named ON named.kind = record.kind
  LEFT JOIN members AS member ON member.subject = record.subject
    AND (member.created_from_us IS NULL OR member.created_from_us <= record.created_us)
    AND (member.created_until_us IS NULL OR record.created_us < member.created_until_us)
),
more AS (
  -- What the few records have besides that are of somebody else, too, or restricted themselves.
  SELECT one.record AS id, groupBitOr(one.mask) AS mask
  FROM (
    -- Whose answer is one to another question is not known.
    SELECT asked_of.record AS record, coalesce(cell.mask, 4096) AS mask
    FROM (
      SELECT further.record AS record, coalesce(named.code, 0) AS kind,
        CASE WHEN member.subject IS NULL THEN asked.nobody
          WHEN record.created_us < member.t1_us THEN member.a0
          WHEN record.created_us < member.t2_us THEN member.a1
          WHEN record.created_us < member.t3_us THEN member.a2
          ELSE member.a3 END AS answer
      FROM further_of AS further
      CROSS JOIN asked
      JOIN records AS record ON record.id = further.record
      LEFT JOIN named ON named.kind = record.kind
      LEFT JOIN members AS member ON member.subject = further.subject
        AND (member.created_from_us IS NULL OR member.created_from_us <= record.created_us)
        AND (member.created_until_us IS NULL OR record.created_us < member.created_until_us)
    ) AS asked_of
    LEFT JOIN cell ON cell.answer = asked_of.answer AND cell.kind = asked_of.kind
    UNION ALL
    -- A restriction without a start, or with an end that is no later, is taken for one in force.
    SELECT restriction.record AS record, 256 AS mask
    FROM restrictions_of AS restriction
    CROSS JOIN asked
    WHERE (restriction.starts_us IS NULL OR restriction.starts_us <= asked.cut_off_us)
      AND (restriction.ends_us IS NULL OR restriction.ends_us <= restriction.starts_us
        OR asked.cut_off_us < restriction.ends_us)
      AND (asked.until_us IS NULL OR coalesce(restriction.recorded_us, restriction.starts_us) IS NULL
        OR coalesce(restriction.recorded_us, restriction.starts_us) <= asked.until_us)
  ) AS one
  GROUP BY one.record
)
-- Without an instant or a kind, a record has neither verdict nor mask.
SELECT decided.id AS id,
  CASE WHEN decided.mask = 0 THEN 'eligible'
    WHEN bitAnd(decided.mask, 4095) <> 0 THEN 'ineligible'
    WHEN decided.mask > 0 THEN 'indeterminate' END AS verdict,
  decided.mask AS mask,
  CASE WHEN decided.mask IS NOT NULL THEN substr(
    CASE WHEN bitAnd(decided.mask, 32768) <> 0 THEN ', age-unknown' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 16384) <> 0 THEN ', audience-unknown' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 128) <> 0 THEN ', created-outside-window' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 32) <> 0 THEN ', kind-not-covered' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 1) <> 0 THEN ', no-policy-in-force' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 8) <> 0 THEN ', not-opted-in' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 2048) <> 0 THEN ', not-yet-created' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 16) <> 0 THEN ', opt-in-expired' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 4) <> 0 THEN ', opted-out' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 1024) <> 0 THEN ', record-deleted' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 2) <> 0 THEN ', region-excluded' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 8192) <> 0 THEN ', residence-unknown' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 256) <> 0 THEN ', restricted' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 65536) <> 0 THEN ', subdivision-unknown' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 512) <> 0 THEN ', subject-erased' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 4096) <> 0 THEN ', subject-unknown' ELSE '' END ||
    CASE WHEN bitAnd(decided.mask, 64) <> 0 THEN ', under-age' ELSE '' END, 3) END AS grounds
FROM (
  SELECT met.id AS id,
    CASE WHEN met.is_bad THEN NULL
      WHEN more.id IS NULL THEN bitOr(cell.mask, met.mask)
      ELSE bitOr(bitOr(cell.mask, met.mask), more.mask) END AS mask
  FROM met
  JOIN cell ON cell.answer = met.answer AND cell.kind = met.kind
  LEFT JOIN more ON more.id = met.id
) AS decided
