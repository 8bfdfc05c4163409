// /// internal
// format  = 1
// title   = "Topics as columns"
// summary = "Reads a chunk of topics for the snapshot"
// ///
MATCH (t:Topic)
WHERE t.id > $after
WITH t
ORDER BY t.id
LIMIT $chunk
RETURN max(t.id) AS last,
       collect(t.id) AS topic_id
