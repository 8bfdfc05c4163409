// /// internal
// title = "Close friendships that vanished"
// [params]
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// as_of  = { type = "datetime", help = "Instant of the extract" }
// ///
// What a full extract no longer holds has ended; it is closed, never deleted, so that earlier instants can be looked at.
MATCH (:Customer)-[f:FRIEND]->(:Customer)
WHERE f.loaded_from = $source AND NOT f.run_id IN $stamps AND (f.until IS NULL OR f.until > $as_of)
  AND f.swept IS NULL
WITH f
LIMIT $batch_size
SET f.until = CASE WHEN f.since > $as_of THEN f.since ELSE $as_of END, f.swept = true
RETURN count(*) AS swept
