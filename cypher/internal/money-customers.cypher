// /// internal
// format  = 1
// title   = "Money and identifiers of customers as columns"
// summary = "Reads what a chunk of customers said about their spending, what they cost, and their keyed identifiers"
// ///
// The identifiers are keyed hashes; they only tell equal from different. Unknown money is not a number, never 0.
MATCH (c:Customer)
WHERE c.id > $after
WITH c
ORDER BY c.id
LIMIT $chunk
RETURN max(c.id) AS last,
       collect(c.id) AS customer_id,
       collect(coalesce(toFloat(c.share_of_wallet), 0.0 / 0.0)) AS share_of_wallet,
       collect(coalesce(toFloat(c.category_spend), 0.0 / 0.0)) AS category_spend,
       collect(coalesce(toFloat(c.acquisition_cost), 0.0 / 0.0)) AS acquisition_cost,
       collect(coalesce(toFloat(c.marketing_cost), 0.0 / 0.0)) AS marketing_cost,
       collect(coalesce(c.currency, '')) AS currency,
       collect(coalesce(c.email_key, '')) AS email_key,
       collect(coalesce(c.phone_key, '')) AS phone_key,
       collect(coalesce(c.address_key, '')) AS address_key,
       collect(coalesce(c.device_key, '')) AS device_key,
       collect(coalesce(c.household_id, '')) AS household_id
