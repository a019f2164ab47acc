-- The join of the layout that came before: a row for each subject, span and kind, grounds as a list of texts.
WITH about AS (
  -- Each record with each of its subjects, as far as the snapshot knows them and names the kind.
  SELECT record.id, record.created_at, known.subject, named.kind
  FROM records AS record
  LEFT JOIN subjects_of AS of_record ON of_record.record = record.id
  LEFT JOIN (SELECT DISTINCT subject FROM snapshot) AS known ON known.subject = of_record.subject
  LEFT JOIN (SELECT DISTINCT kind FROM snapshot) AS named ON named.kind = record.kind
),
found AS (
  SELECT about.id, snapshot.grounds
  FROM about
  JOIN snapshot
    ON (snapshot.subject IS NOT DISTINCT FROM about.subject)
    AND (snapshot.kind IS NOT DISTINCT FROM about.kind)
    AND (snapshot.created_from IS NULL OR snapshot.created_from <= about.created_at)
    AND (snapshot.created_until IS NULL OR about.created_at < snapshot.created_until)
  UNION ALL
  SELECT id, ['not-yet-created'] FROM records, question WHERE created_at > as_of
  UNION ALL
  SELECT id, ['record-deleted'] FROM records, question WHERE deleted_at <= as_of
  UNION ALL
  SELECT record, ['restricted'] FROM restrictions_of, question
  WHERE starts <= as_of AND (ends IS NULL OR as_of < ends)
    AND (known_at IS NULL OR recorded <= known_at)
)
-- A record is eligible that is here, and without grounds.
SELECT id, array_sort(array_distinct(flatten(array_agg(grounds)))) AS grounds
FROM found
GROUP BY id
