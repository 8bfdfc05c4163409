// /// internal
// format  = 1
// title   = "Countries"
// summary = "Countries of customers, most customers first: the choices of every `country` parameter"
// [columns]
// country   = { type = "str", title = "Country" }
// customers = { type = "int", title = "Customers", format = ",d" }
// ///
MATCH (c:Customer)
WHERE c.country IS NOT NULL
RETURN c.country AS country, count(*) AS customers
ORDER BY customers DESC, country
LIMIT 1000
