// /// internal
// title   = "What there is of a customer"
// summary = "Counts everything that erasing a customer removes; no row when there is no such customer"
// [params]
// id = { type = "str", help = "Customer" }
// ///
MATCH (c:Customer {id: $id})
RETURN COUNT { (c)-[:BOUGHT]->() } AS purchases,
       COUNT { (c)-[:FRIEND|FOLLOWS]-() } AS ties,
       COUNT { (c)-[:REFERRED]-() } AS referrals,
       COUNT { (c)-[:ANSWERED]->() } AS answers,
       COUNT { (c)-[:CONTACTED]->() } AS contacts,
       COUNT { (c)-[:ADVOCATED|EXPOSED_TO|INTERESTED_IN|MEMBER_OF]->() } AS other_records,
       COUNT { (c)-[:HAS_PROFILE]->() } AS profiles,
       COUNT { (c)-[:SCORED]->() } AS scores,
       COUNT { (c)-[:SCORED]->(:Score)-[:IN_TOPIC]->() } AS topic_scores,
       COUNT { (c)-[:PERSUADED]-() } AS persuasions,
       COUNT { (c)<-[:INCLUDED]-(:AudienceExport) } AS exports,
       c.email_key AS email_key, c.phone_key AS phone_key
