// /// internal
// title = "Count follows that vanished"
// [params]
// stamps = { type = "list[str]", help = "Runs that wrote what the extract holds" }
// as_of  = { type = "datetime", help = "Instant of the extract" }
// ///
MATCH (:Customer)-[f:FOLLOWS]->(:Customer)
WHERE f.loaded_from = $source AND (f.until IS NULL OR f.until > $as_of) AND f.swept IS NULL
RETURN count(*) AS total, sum(CASE WHEN f.run_id IN $stamps THEN 0 ELSE 1 END) AS vanished
