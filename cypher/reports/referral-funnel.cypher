// /// report
// format   = 1
// title    = "Referral funnel"
// question = "How far do referrals get, and where do they stop?"
// summary  = "Invitations, leads, customers and profitable customers with rates; referrals that do not count are taken off first and listed in referral-exclusions"
// category = "value"
// owner    = "marketing"
// revision = 1
// maturity = "stable"
// needs    = ["referral_invites"]
// key      = ["stage"]
// timeout  = "30s"
// chart    = { mark = "bar", x = "stage", y = "referrals" }
// [columns]
// stage       = { type = "str", title = "Stage" }
// referrals   = { type = "int", title = "Referrals", format = ",d" }
// of_invites  = { type = "float", title = "Of invitations", format = ".1%" }
// of_previous = { type = "float", title = "Of the stage before", format = ".1%" }
// meaning     = { type = "str", title = "What it means" }
// ///
MATCH (run:Run {id: $run})
WITH run, [
  [1, 'recorded', run.value_referrals, 'every referral on record up to the day of the data'],
  [2, 'excluded', run.value_referral_excluded, 'does not count: see the report referral-exclusions'],
  [3, 'invitations', run.value_referral_invites, 'count: accepted, or waiting for the end of the return window'],
  [4, 'leads', run.value_referral_leads, 'the invited person answered or bought'],
  [5, 'customers', run.value_referral_customers, 'the invited person has a purchase that stands; some would have come anyway'],
  [6, 'profitable', run.value_referral_profitable, 'margin so far exceeds what was paid for the referral']
] AS stages
UNWIND stages AS one
WITH run, stages, one, one[0] AS place
WHERE one[2] IS NOT NULL
RETURN one[1] AS stage, toInteger(one[2]) AS referrals,
       CASE WHEN place >= 3 AND run.value_referral_invites > 0
         THEN toFloat(one[2]) / run.value_referral_invites END AS of_invites,
       CASE WHEN place >= 4 AND stages[place - 2][2] > 0
         THEN toFloat(one[2]) / stages[place - 2][2] END AS of_previous,
       one[3] AS meaning
ORDER BY place, stage
LIMIT 10
