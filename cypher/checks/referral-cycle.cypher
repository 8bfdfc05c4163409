// /// check
// title    = "Referral cycles"
// summary  = "Nobody is referred by someone they brought in; credit would run in circles"
// severity = "error"
// category = "consistency"
// key      = ["referrer_id", "referred_id"]
// timeout  = "120s"
// [params]
// limit = { type = "int", default = 100, min = 1, max = 10000, help = "How many bad rows to list" }
// [columns]
// referrer_id = { type = "str", title = "Referrer" }
// referred_id = { type = "str", title = "Referred" }
// at          = { type = "datetime", title = "Time" }
// ///
// A referral is on a cycle when a path of referrals leads back; the shortest is searched from both ends.
MATCH (a:Customer)-[r:REFERRED]->(b:Customer)
WHERE a <> b AND EXISTS { MATCH SHORTEST 1 (b)-[:REFERRED]->+(a) }
RETURN a.id AS referrer_id, b.id AS referred_id, min(r.at) AS at
ORDER BY referrer_id, referred_id
LIMIT $limit
