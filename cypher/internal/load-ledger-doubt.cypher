// /// internal
// title = "Doubt what other files brought"
// [params]
// keys = { type = "list[str]", help = "Files of this load, which hold nothing that vanishes" }
// ///
// With a node go its relationships, whichever file brought them: should the node come back, those files are loaded anew.
MATCH (f:_InfluenceFile)
WHERE NOT f.key IN $keys
SET f.status = 'doubtful'
