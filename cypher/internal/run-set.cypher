// /// internal
// format  = 1
// title   = "Describe a run"
// summary = "Sets the status of an unpublished run and adds properties to it"
// [params]
// status     = { type = "str", help = "Status from now on" }
// properties = { type = "map", help = "Properties to add" }
// ///
MATCH (r:Run {id: $run_id})
WHERE r.status <> 'published'
SET r.status = $status, r += $properties
RETURN r.id AS run
