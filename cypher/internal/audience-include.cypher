// /// internal
// format  = 1
// title   = "Record who is in an export"
// summary = "Links an export to its customers: those in the file and those held out"
// [params]
// id = { type = "str", help = "Id of the export" }
// ///
UNWIND $rows AS row
MATCH (e:AudienceExport {id: $id})
MATCH (c:Customer {id: row.customer})
MERGE (e)-[i:INCLUDED]->(c)
SET i.arm = row.arm, i.run_id = $run_id
