// /// internal
// title   = "How much is too old"
// summary = "Counts the records of every kind that are older than an instant"
// timeout = "600s"
// [params]
// before = { type = "datetime", help = "What is dated before counts" }
// ///
RETURN COUNT { ()-[b:BOUGHT]->() WHERE b.at < $before } AS purchases,
       COUNT { ()-[k:CONTACTED]->() WHERE k.at < $before } AS contacts,
       COUNT { (r:Response) WHERE r.at < $before } AS answers,
       COUNT { ()-[x:EXPOSED_TO]->() WHERE coalesce(x.until, x.at) < $before } AS exposures,
       COUNT { ()-[a:ADVOCATED]->() WHERE a.at < $before } AS advocacy,
       COUNT { ()-[f:FRIEND|FOLLOWS]->() WHERE f.until < $before } AS ended_ties,
       COUNT { ()-[m:MEMBER_OF]->() WHERE m.left_at < $before } AS ended_memberships
