// /// metric
// format    = 1
// title     = "Follow-on purchases of a customer"
// summary   = "Purchases of the same product by friends within the window after the own first purchase (metrics.md 4.1)"
// owner     = "data"
// measure   = "follow_on_count"
// unit      = "purchases"
// tolerance = 0.0
// key       = ["customer_id"]
// timeout   = "600s"
// [params]
// as_of = { type = "datetime", help = "Instant of the data; nothing dated after it counts" }
// window_days = { type = "float", default = 28.0, min = 0.0, help = "Longest time between the two purchases, in days" }
// [columns]
// customer_id = { type = "str", title = "Customer" }
// follow_on_count = { type = "int", title = "Follow-on purchases" }
// ///
// v bought first, then u who listens to v: strictly later, at most the window later; the same instant counts for
// neither. The tie existed when v bought. The loader marks first purchases.
MATCH (v:Customer)
WHERE (v.joined_at IS NULL OR v.joined_at <= $as_of)
OPTIONAL MATCH (v)-[own:BOUGHT {first: true}]->(p:Product)
WITH v, COUNT {
       MATCH (p)<-[later:BOUGHT {first: true}]-(u:Customer)
       WHERE later.at > own.at AND later.at <= own.at + duration({days: $window_days}) AND later.at <= $as_of
         AND (u.joined_at IS NULL OR u.joined_at <= $as_of)
         AND EXISTS {
           MATCH (v)-[tie:FRIEND|FOLLOWS]-(u)
           WHERE (type(tie) = 'FRIEND' OR endNode(tie) = v)
             AND (tie.since IS NULL OR tie.since <= own.at)
             AND (tie.until IS NULL OR tie.until > own.at)
         }
     } AS followed
RETURN v.id AS customer_id, sum(followed) AS follow_on_count
ORDER BY customer_id
