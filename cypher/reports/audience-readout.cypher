// /// report
// format   = 1
// title    = "What an audience did since it was exported"
// question = "Did the people who were in the file buy more than those held out of it?"
// summary  = "Both groups as they were drawn, whether the people were reached or not: the difference is what being in the file makes. The interval covers chance alone, not what else people saw; people held out who hear of it from friends make the difference look smaller"
// category = "audience"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// key      = ["measure"]
// timeout  = "120s"
// [params]
// export = { type = "str", choices_query = "audience-exports", help = "Id of the export" }
// days   = { type = "int", default = 0, min = 0, max = 3650, help = "Days after the export that count, 0 for all until now" }
// [columns]
// measure         = { type = "str", title = "Per person", help = "Lines that were refunded do not count; returns are taken off revenue and margin" }
// unit            = { type = "str", title = "Unit" }
// sent            = { type = "float", title = "In the file", format = ",.4g", help = "Mean of a person who was in the file" }
// held_out        = { type = "float", title = "Held out", format = ",.4g", help = "Mean of a person who was held out" }
// difference      = { type = "float", title = "Difference", format = "+,.4g" }
// low             = { type = "float", title = "From", format = "+,.4g", help = "Lower end of the 95 % interval of the difference (Welch)" }
// high            = { type = "float", title = "To", format = "+,.4g", help = "Upper end of the 95 % interval of the difference (Welch)" }
// says            = { type = "str", title = "What it says" }
// sent_people     = { type = "int", title = "People in the file", format = ",d", help = "Without those who were erased or opted out since" }
// held_out_people = { type = "int", title = "People held out", format = ",d", help = "Without those who were erased or opted out since" }
// near            = { type = "int", title = "Held out, with friends in the file", format = ",d", help = "People held out who may have heard of it all the same" }
// lines_unknown   = { type = "int", title = "Lines without amount", format = ",d", help = "Order lines that do not say this amount; then it is not compared" }
// days_read       = { type = "float", title = "Days", format = ",.1f", help = "Days after the export that were read" }
// ///
MATCH (e:AudienceExport {id: $export})
WITH e, CASE WHEN $days = 0 OR e.created_at + duration({days: $days}) > datetime() THEN datetime()
             ELSE e.created_at + duration({days: $days}) END AS until
CALL (e) {
  MATCH (e)-[i:INCLUDED]->(c:Customer)
  WHERE i.arm = 'control' AND EXISTS {
    MATCH (c)-[:FRIEND|FOLLOWS]-(:Customer)<-[friend:INCLUDED]-(e)
    WHERE friend.arm = 'sent'
  }
  RETURN count(c) AS near
}
MATCH (e)-[i:INCLUDED]->(c:Customer)
WHERE coalesce(c.opted_out, false) = false
OPTIONAL MATCH (c)-[b:BOUGHT]->(:Product)
WHERE b.at > e.created_at AND b.at <= until AND coalesce(b.refunded, false) = false
WITH e, until, near, i.arm AS arm, c,
     count(CASE WHEN coalesce(b.quantity, 1) > 0 THEN b END) AS purchases,
     sum(b.revenue) AS revenue, count(b) - count(b.revenue) AS no_revenue,
     sum(b.margin) AS margin, count(b) - count(b.margin) AS no_margin,
     min(b.currency) AS lowest, max(b.currency) AS highest
WITH e, until, near, collect({arm: arm, purchases: purchases, revenue: revenue, no_revenue: no_revenue, margin: margin,
                              no_margin: no_margin}) AS people, min(lowest) AS currency, max(highest) AS other
// minor units to those people talk in: the digits of ISO 4217
WITH e, until, near, people, currency, other,
     CASE WHEN currency IN ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',
                            'VUV', 'XAF', 'XOF', 'XPF'] THEN 1.0
          WHEN currency IN ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'] THEN 1000.0
          WHEN currency IN ['CLF', 'UYW'] THEN 10000.0 ELSE 100.0 END AS minor
UNWIND people AS person
UNWIND [
  {place: 1, measure: 'bought at all', unit: 'share', value: CASE WHEN person.purchases > 0 THEN 1.0 ELSE 0.0 END,
   unknown: 0, money: false},
  {place: 2, measure: 'purchases', unit: 'lines', value: toFloat(person.purchases), unknown: 0, money: false},
  {place: 3, measure: 'revenue', unit: currency, value: person.revenue / minor, unknown: person.no_revenue, money: true},
  {place: 4, measure: 'margin', unit: currency, value: person.margin / minor, unknown: person.no_margin, money: true}
] AS m
WITH e, until, near, currency, other, m.place AS place, m.measure AS measure, m.unit AS unit, m.money AS money,
     sum(m.unknown) AS lines_unknown,
     count(CASE person.arm WHEN 'sent' THEN 1 END) AS n1, count(CASE person.arm WHEN 'control' THEN 1 END) AS n2,
     avg(CASE person.arm WHEN 'sent' THEN m.value END) AS mean1,
     avg(CASE person.arm WHEN 'control' THEN m.value END) AS mean2,
     stDev(CASE person.arm WHEN 'sent' THEN m.value END) AS sd1,
     stDev(CASE person.arm WHEN 'control' THEN m.value END) AS sd2
WITH *, CASE WHEN money AND currency IS NULL THEN 'no amounts are known'
             WHEN money AND lines_unknown > 0 THEN 'not compared: some lines do not say this amount'
             WHEN money AND currency <> other THEN 'not compared: amounts in several currencies' END AS unknown
WITH *, CASE WHEN unknown IS NOT NULL THEN unknown
             WHEN n2 = 0 THEN 'nobody was held out: nothing to compare with'
             WHEN n1 < 2 OR n2 < 2 THEN 'too few people to compare' END AS obstacle
WITH *, CASE WHEN obstacle IS NULL THEN sd1 * sd1 / n1 END AS v1, CASE WHEN obstacle IS NULL THEN sd2 * sd2 / n2 END AS v2
WITH *, v1 + v2 AS v, 1.959963984540054 AS z,
     CASE WHEN v1 + v2 > 0 THEN (v1 + v2) * (v1 + v2) / (v1 * v1 / (n1 - 1) + v2 * v2 / (n2 - 1)) END AS df
// the 97.5 % point of Student's t by its expansion at the normal one; off by less than 0.2 % from 5 degrees on
WITH *, sqrt(v) * (z + (z ^ 3 + z) / (4 * df) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * df ^ 2)
                   + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * df ^ 3)) AS half
WITH *, mean1 - mean2 AS difference
RETURN measure, unit, CASE WHEN unknown IS NULL THEN mean1 END AS sent, CASE WHEN unknown IS NULL THEN mean2 END AS held_out,
       CASE WHEN obstacle IS NULL THEN difference END AS difference,
       difference - half AS low, difference + half AS high,
       CASE WHEN obstacle IS NOT NULL THEN obstacle
            WHEN half IS NULL THEN 'everybody did the same: no interval'
            WHEN difference - half > 0 THEN 'more among those in the file than chance explains'
            WHEN difference + half < 0 THEN 'less among those in the file than chance explains'
            ELSE 'no difference that could not be chance' END AS says,
       n1 AS sent_people, n2 AS held_out_people, near, lines_unknown,
       duration.inSeconds(e.created_at, until).seconds / 86400.0 AS days_read
ORDER BY place, measure
LIMIT 10
