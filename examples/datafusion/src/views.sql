-- The views that `src/arrow/sql/standard.sql` reads, over records in the columns of the crate.
CREATE OR REPLACE VIEW records AS
SELECT id, subjects[1] AS subject, kind,
  arrow_cast(created_at, 'Timestamp(Microsecond, Some("UTC"))')::bigint AS created_us,
  arrow_cast(deleted_at, 'Timestamp(Microsecond, Some("UTC"))')::bigint AS deleted_us
FROM lake;
CREATE OR REPLACE VIEW further_of AS
SELECT id AS record, unnest(array_slice(subjects, 2, array_length(subjects)::bigint)) AS subject
FROM lake WHERE array_length(subjects) > 1;
CREATE OR REPLACE VIEW restrictions_of AS
SELECT id AS record,
  arrow_cast(r['from'], 'Timestamp(Microsecond, Some("UTC"))')::bigint AS starts_us,
  arrow_cast(r['until'], 'Timestamp(Microsecond, Some("UTC"))')::bigint AS ends_us,
  arrow_cast(r['recorded'], 'Timestamp(Microsecond, Some("UTC"))')::bigint AS recorded_us
FROM (SELECT id, unnest(restrictions) AS r FROM lake WHERE array_length(restrictions) > 0);
