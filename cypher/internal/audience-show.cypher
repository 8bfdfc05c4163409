// /// internal
// format  = 1
// title   = "One export"
// summary = "Everything on record about an export, and how many of its people are still known"
// [params]
// id = { type = "str", help = "Id of the export" }
// ///
MATCH (e:AudienceExport {id: $id})
RETURN e {.*, created_at: toString(e.created_at)} AS record,
       COUNT { MATCH (e)-[i:INCLUDED]->(:Customer) WHERE i.arm = 'sent' } AS still_sent,
       COUNT { MATCH (e)-[i:INCLUDED]->(:Customer) WHERE i.arm = 'control' } AS still_held_out
