// /// report
// format   = 1
// title    = "Why is this customer a persuader?"
// question = "Which purchases of friends speak for this customer, and how surprising is each?"
// summary  = "Every follow-on purchase of one customer that was counted, with friend, product and delay, beside what was expected of that product anyway: none of them is proof by itself"
// category = "persuasion"
// owner    = "marketing"
// revision = 3
// maturity = "stable"
// needs    = ["persuasion_status"]
// key      = ["product_id", "friend_id", "friend_bought_at"]
// pii      = ["friend_name"]
// timeout  = "30s"
// chart    = { mark = "point", x = "days_later", y = "one_in", color = "product" }
// [params]
// customer = { type = "str", help = "Id of the customer" }
// limit    = { type = "int", default = 25, min = 1, max = 10000, help = "How many purchases to list" }
// [columns]
// product_id       = { type = "str", title = "Product" }
// product          = { type = "str", title = "Product name" }
// friend_id        = { type = "str", title = "Friend", help = "(opted out): the purchase counts, who made it is not shown" }
// friend_name      = { type = "str", title = "Friend's name" }
// bought_at        = { type = "datetime", title = "Customer bought" }
// friend_bought_at = { type = "datetime", title = "Friend bought" }
// days_later       = { type = "float", title = "Days later", format = ".1f" }
// follow_ons       = { type = "int", title = "Friends who followed", format = ",d", help = "With this product" }
// expected         = { type = "float", title = "Expected anyway", format = ",.2f", help = "Follow-ons of this product that friends of the same kind make at that time without persuasion" }
// exposures        = { type = "int", title = "Friends who could follow", format = ",d" }
// one_in           = { type = "float", title = "By chance, one in", format = ",.1f", help = "Of this many products with the same expectation, one has as many follow-ons by chance (Poisson)" }
// ///
// The pairs of follow-on-evidence that the run counted: the friend was a customer when the customer bought. (That the
// product was on sale then is asked of the customer's own purchase, so FOLLOWED_IN has seen to it.) A product is
// surprising when P(Poisson(expected) >= follow-ons) is small; the sum runs upwards from the follow-ons, so that small
// tails keep their digits.
MATCH (run:Run {id: $run})
MATCH (c:Customer {id: $customer})-[:SCORED]->(:Score {run: $run})-[found:FOLLOWED_IN]->(p:Product)
MATCH (c)-[own:BOUGHT {first: true}]->(p)
WHERE own.at <= run.as_of
WITH run, c, p, own, found,
     reduce(term = exp(-found.expected), i IN range(1, found.follow_ons) | term * found.expected / i) AS exactly
WITH run, c, p, own, found,
     reduce(tail = [exactly, 0.0], i IN range(found.follow_ons + 1, found.follow_ons + 200)
            | [tail[0] * found.expected / i, tail[0] + tail[1]])[1] AS chance
CALL (run, c, p, own) {
  MATCH (c)-[tie:FRIEND|FOLLOWS]-(friend:Customer)-[later:BOUGHT {first: true}]->(p)
  WHERE (type(tie) = 'FRIEND' OR startNode(tie) = friend)
    AND (tie.since IS NULL OR tie.since <= own.at) AND (tie.until IS NULL OR tie.until > own.at)
    AND (friend.joined_at IS NULL OR friend.joined_at <= own.at)
    AND (friend.closed_at IS NULL OR friend.closed_at > own.at)
    AND later.at > own.at AND later.at <= own.at + duration({days: coalesce(run.window_days, 28)})
    AND later.at <= run.as_of
  RETURN DISTINCT friend, later.at AS later_at
}
RETURN p.id AS product_id, p.name AS product, CASE WHEN friend.opted_out THEN '(opted out)' ELSE friend.id END AS friend_id,
       CASE WHEN friend.opted_out THEN null ELSE friend.name END AS friend_name, own.at AS bought_at,
       later_at AS friend_bought_at, duration.inSeconds(own.at, later_at).seconds / 86400.0 AS days_later,
       found.follow_ons AS follow_ons, found.expected AS expected, found.exposures AS exposures,
       CASE WHEN chance > 0 THEN 1.0 / chance END AS one_in
ORDER BY one_in DESC, product_id, friend_bought_at, friend_id
LIMIT $limit
