// /// report
// format   = 1
// title    = "People a customer invited"
// question = "Whom has this customer invited, and what came of it?"
// summary  = "One customer's recorded invitations, the latest first, as the programme knows them; some of these people would have come anyway"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["referred_id"]
// pii      = ["name"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many people to list" }
// [columns]
// referred_id = { type = "str", title = "Invited" }
// name        = { type = "str", title = "Name" }
// at          = { type = "datetime", title = "Invited on", format = "%Y-%m-%d" }
// status      = { type = "str", title = "Stage" }
// verdict     = { type = "str", title = "Verdict", help = "accepted and pending count; the others are reasons why it does not" }
// first_at    = { type = "datetime", title = "First purchase", format = "%Y-%m-%d" }
// purchases   = { type = "int", title = "Purchase lines", format = ",d" }
// margin      = { type = "float", title = "Margin so far", format = ",.2f", unit = "currency", help = "Empty when the margin of a purchase is unknown" }
// incentive   = { type = "float", title = "Incentive paid", format = ",.2f", unit = "currency" }
// programme   = { type = "str", title = "Programme" }
// ///
MATCH (run:Run {id: $run})
WITH run, toFloat(coalesce(run.value_unit, 100)) AS unit
MATCH (c:Customer {id: $customer})-[r:REFERRED]->(other:Customer)
WHERE (r.at IS NULL OR r.at <= run.as_of) AND coalesce(other.opted_out, false) = false
CALL (run, other) {
  OPTIONAL MATCH (other)-[b:BOUGHT]->(:Product)
  WHERE b.at <= run.as_of AND coalesce(b.refunded, false) = false
  RETURN count(b) AS purchases, min(CASE WHEN b.quantity > 0 THEN b.at END) AS first_at,
         CASE WHEN count(b) > 0 AND count(b) = count(b.margin) THEN sum(b.margin) END AS minor
}
OPTIONAL MATCH (c)-[:SCORED]->(:Score {run: $run})-[judged:REVIEWED]->(other)
RETURN other.id AS referred_id, other.name AS name, r.at AS at, r.status AS status,
       replace(judged.verdict, '_', ' ') AS verdict, first_at, purchases, minor / unit AS margin,
       r.incentive / unit AS incentive, r.programme AS programme
ORDER BY at IS NULL, at DESC, referred_id
LIMIT $limit
