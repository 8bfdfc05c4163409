// /// report
// format   = 1
// title    = "What a customer was asked and did"
// question = "Which campaigns reached this customer, and what has the customer done for us?"
// summary  = "Campaigns and asks that reached one customer, and acts of advocacy, the latest first; being asked is no proof of having read it"
// category = "customers"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["entry_id"]
// timeout  = "30s"
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many entries to list" }
// [columns]
// at       = { type = "datetime", title = "When", format = "%Y-%m-%d" }
// entry    = { type = "str", title = "What", help = "reached: saw a campaign; willing, asked, done, declined: steps of advocacy" }
// subject  = { type = "str", title = "Campaign or kind" }
// about    = { type = "str", title = "About" }
// entry_id = { type = "str", title = "Number" }
// ///
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})
CALL (run, c) {
  MATCH (c)-[x:EXPOSED_TO]->(m:Campaign)
  WHERE x.at <= run.as_of
  OPTIONAL MATCH (t:Topic {id: m.topic_id})
  OPTIONAL MATCH (p:Product {id: m.product_id})
  RETURN x.at AS at, 'reached' AS entry, coalesce(m.name, m.id) AS subject,
         coalesce(p.name, p.id, t.name, t.id) AS about, x.key AS entry_id
  UNION ALL
  MATCH (c)-[a:ADVOCATED]->(target)
  WHERE a.at IS NULL OR a.at <= run.as_of
  RETURN a.at AS at, coalesce(a.status, 'done') AS entry, a.kind AS subject, coalesce(target.name, target.id) AS about, a.key AS entry_id
}
RETURN at, entry, subject, about, entry_id
ORDER BY at IS NULL, at DESC, entry_id
LIMIT $limit
