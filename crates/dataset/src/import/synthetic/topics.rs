//! What the synthetic members write about: fields of work, each with its own things, doings, troubles and lessons.

/// One field of work.
pub(super) struct Topic {
    /// What such a person is called.
    pub(super) roles: &'static [&'static str],
    /// Noun phrases.
    pub(super) things: &'static [&'static str],
    /// Verb phrases in the infinitive, without "to".
    pub(super) acts: &'static [&'static str],
    /// Clauses in the past about what went wrong.
    pub(super) pains: &'static [&'static str],
    /// Clauses in the present about what was learned.
    pub(super) lessons: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const TOPICS: &[Topic] = &[
    Topic {
        roles: &["backend engineer", "site reliability engineer", "platform lead"],
        things: &["the billing service", "our build pipeline", "the message queue", "a flaky integration test", "the on-call rota", "the schema migration", "a cache nobody owned", "the rate limiter"],
        acts: &["split the monolith along team lines", "move the cron jobs to a queue", "delete forty thousand lines of dead code", "write the runbook before the outage", "put a budget on every retry", "trace one slow request end to end"],
        pains: &["the queue filled up at three in the morning", "a timeout of zero meant forever", "two services disagreed about the time zone", "the rollback needed a rollback", "every dashboard was green while users waited"],
        lessons: &["boring technology pays rent", "a bound on everything is cheaper than an outage", "the second implementation is the first honest one", "logs are a user interface", "idempotency is a kindness to your future self"],
    },
    Topic {
        roles: &["ward nurse", "nurse manager", "clinical educator"],
        things: &["the night shift handover", "the medication round", "a new triage board", "our falls audit", "the discharge checklist", "the supply cupboard", "a frightened first-year student"],
        acts: &["rewrite the handover sheet", "sit with a family for ten extra minutes", "count the steps between bed and sink", "train the agency staff", "move the crash trolley closer to bay four"],
        pains: &["two alarms sounded the same", "the printer died in the middle of the round", "nobody had told the pharmacy", "the rota left one pair of hands for twelve beds"],
        lessons: &["a calm voice is equipment", "checklists work when the people who use them write them", "rest is a safety measure", "patients remember how you closed the door"],
    },
    Topic {
        roles: &["secondary school teacher", "maths teacher", "head of year"],
        things: &["a class of thirty-one", "the exam timetable", "my seating plan", "a worksheet on fractions", "parents' evening", "the last lesson on a Friday", "the homework policy"],
        acts: &["mark one question instead of ten", "let the quietest student explain it", "throw away the slides", "phone home with good news", "teach ratio with a recipe for soup"],
        pains: &["the projector bulb failed again", "half the class had a different edition of the book", "I talked for far too long", "the fire drill ate the practical"],
        lessons: &["silence after a question is work, not failure", "feedback that nobody reads is decoration", "routines buy freedom", "a good example beats a good definition"],
    },
    Topic {
        roles: &["supply chain planner", "logistics manager", "warehouse supervisor"],
        things: &["the inbound dock", "a container stuck outside the port", "the safety stock", "our carrier scorecard", "the picking route", "a forecast for umbrellas", "the returns cage"],
        acts: &["walk the warehouse with a stopwatch", "renegotiate the detention charges", "move fast sellers to waist height", "ship from two sites instead of one", "ask the drivers what slows them down"],
        pains: &["the forecast missed a public holiday", "three suppliers used the same single factory", "pallets came in four different sizes", "the label printer spoke only capitals"],
        lessons: &["variance costs more than distance", "inventory hides problems politely", "the map is not the lead time", "drivers know before the dashboard does"],
    },
    Topic {
        roles: &["product designer", "user researcher", "design lead"],
        things: &["the empty state", "a form with nineteen fields", "our design tokens", "the onboarding flow", "a usability session", "the error message nobody wrote", "the contrast of the grey text"],
        acts: &["watch five people fail at the same button", "remove a step instead of explaining it", "test with a screen reader first", "print the whole journey on paper", "let support read the wireframes"],
        pains: &["everyone skipped the tour", "the toggle looked like a label", "we had designed for the demo account", "the longest name broke the card"],
        lessons: &["defaults decide for most people", "clear beats clever before coffee", "accessibility finds everybody's bugs", "the shortest form is an honest question"],
    },
    Topic {
        roles: &["accountant", "financial controller", "audit senior"],
        things: &["the month-end close", "a reconciliation with one cent open", "the expense policy", "the fixed asset register", "an invoice from 2019", "the cash forecast", "the chart of accounts"],
        acts: &["close the books in three days", "trace one cent through four systems", "retire the spreadsheet of spreadsheets", "explain accruals to the sales team", "automate the bank matching"],
        pains: &["somebody had sorted only one column", "the exchange rates were last year's", "an approval sat in a full mailbox", "the pivot table hid a negative"],
        lessons: &["controls should be boring and on time", "a forecast is a conversation", "cash explains what profit forgets", "every manual step asks for an owner"],
    },
    Topic {
        roles: &["farm manager", "agronomist", "dairy farmer"],
        things: &["the lower field", "a strip of cover crop", "the milking parlor", "the soil test", "a late frost", "the borrowed seed drill", "the rain gauge"],
        acts: &["leave the margin unmown", "move the herd at noon", "plant rye after the potatoes", "measure the soil before buying anything", "share one combine among four farms"],
        pains: &["the river came up overnight", "the drill blocked on the headland", "slugs found the seedlings first", "diesel doubled in a month"],
        lessons: &["the soil keeps the books", "good hedges are slow machines", "neighbors are the best insurance", "weather is data with mud on it"],
    },
    Topic {
        roles: &["recruiter", "people partner", "talent lead"],
        things: &["a job advert without a salary", "the reference call", "our interview kit", "a career break of six years", "the onboarding week", "the offer letter", "an exit interview"],
        acts: &["publish the pay range", "answer every applicant within a week", "replace the puzzle with real work", "ask the same questions in the same order", "hire for the team we have"],
        pains: &["four rounds became seven", "the best candidate heard nothing for a month", "the advert asked for ten years of a five-year-old tool", "we confused confidence with skill"],
        lessons: &["a rejection can still be respectful", "structure is fairness you can audit", "gaps on paper are lives off paper", "people join managers and leave calendars"],
    },
    Topic {
        roles: &["civil engineer", "site engineer", "structural designer"],
        things: &["the temporary works", "a culvert under the bypass", "the concrete pour", "our site diary", "the borehole log", "the handrail detail", "the drainage model"],
        acts: &["walk the line before drawing it", "pour the slab before the heat", "check the levels twice", "draw the detail at full size", "talk to the crane driver first"],
        pains: &["the survey was from another winter", "rebar and duct wanted the same corner", "the access road was narrower than the lorry", "it rained sideways for nine days"],
        lessons: &["the ground has not read the report", "tolerances are a promise between trades", "drawings are cheaper to fix than concrete", "safety is a design load"],
    },
    Topic {
        roles: &["data analyst", "statistician", "analytics engineer"],
        things: &["the churn dashboard", "a column called final_v2", "the holdout group", "our metric definitions", "a survey with nine answers", "the outlier everyone loves", "the weekly export"],
        acts: &["write the question down before the query", "plot the raw points first", "count the missing rows", "kill a dashboard nobody opened", "repeat the experiment on old data"],
        pains: &["the join doubled every customer", "the average belonged to nobody", "seasonality dressed up as success", "the sample only answered on weekdays"],
        lessons: &["a metric needs an owner and an end date", "most insight is a denominator", "uncertainty belongs in the headline", "clean data is somebody's daily work"],
    },
    Topic {
        roles: &["chef", "restaurant owner", "pastry chef"],
        things: &["the Tuesday menu", "a stock that takes two days", "the walk-in fridge", "the booking sheet", "our allergen chart", "the bread order", "a table of twelve"],
        acts: &["cut the menu to nine dishes", "cook staff lunch properly", "weigh the waste every night", "buy the whole fish", "close one evening so people see their children"],
        pains: &["the oven lost ten degrees without saying so", "the supplier sent basil for mint", "forty covers walked in at once", "the dishwasher flooded during service"],
        lessons: &["prep is where service is won", "a short menu is a form of respect", "margins hide in the bin", "taste again, then salt"],
    },
    Topic {
        roles: &["account executive", "sales lead", "customer success manager"],
        things: &["the renewal call", "a pipeline full of hope", "the discovery meeting", "our pricing page", "a champion who changed jobs", "the security questionnaire", "the demo environment"],
        acts: &["ask one more question before the demo", "tell a prospect we are not the right fit", "write the proposal in their words", "call the customers who never complain", "forecast without adjectives"],
        pains: &["procurement joined in the last week", "the demo data had my own name in it", "we discounted before anyone asked", "the champion left on a Thursday"],
        lessons: &["trust compounds faster than discounts", "a fast no is a gift", "listening closes more than talking", "renewals start at onboarding"],
    },
    Topic {
        roles: &["environmental scientist", "energy consultant", "sustainability manager"],
        things: &["the heat pump trial", "a leaky compressed-air line", "our scope three numbers", "the roof survey", "the night-time base load", "the repair cafe", "a wetland behind the plant"],
        acts: &["meter the building before the meeting", "insulate before electrifying", "publish the failures with the wins", "turn the boiler down by two degrees", "count the kilometers, not the pledges"],
        pains: &["the sensor had logged the fridge", "the target had no baseline", "the grid connection slipped by a year", "the model ignored the wind"],
        lessons: &["the cheapest energy is the leak you close", "baselines first, banners later", "people repair what they are allowed to open", "measurement is the start of manners"],
    },
    Topic {
        roles: &["journalist", "copy editor", "communications officer"],
        things: &["the second paragraph", "a quote without a name", "our style guide", "the press release", "the corrections column", "a headline in nine words", "the newsletter draft"],
        acts: &["call the source one more time", "cut the first three sentences", "read it aloud to an empty room", "check the number against the table", "publish the correction as large as the error"],
        pains: &["the chart started at ninety", "everybody quoted the same wrong year", "the embargo broke in another time zone", "autocorrect renamed the minister"],
        lessons: &["verbs do the lifting", "a correction is a form of respect", "nobody misses the adjective you cut", "clarity is a public service"],
    },
    Topic {
        roles: &["mechanical engineer", "maintenance planner", "production manager"],
        things: &["line four", "a bearing with a whine", "the changeover", "our spare parts wall", "the vibration sensor", "the torque chart", "the first article inspection"],
        acts: &["film the changeover and watch it together", "label every valve", "replace the belt before it breaks", "ask the night crew first", "halve the batch size"],
        pains: &["the manual was for another model", "a bolt of two millimeters stopped a hall", "the alarm had been taped over", "scrap rose every time the sun hit the gauge"],
        lessons: &["machines whisper before they shout", "flow beats utilization", "the operator is the best sensor", "standard work is a starting line"],
    },
    Topic {
        roles: &["lawyer", "compliance officer", "privacy counsel"],
        things: &["a contract of ninety pages", "the retention schedule", "the consent banner", "our whistleblowing line", "a clause nobody could explain", "the records request", "the board paper"],
        acts: &["write the policy in words a driver would use", "delete what we no longer need", "answer the request before the deadline", "map where the data really goes", "train the people who press the buttons"],
        pains: &["the annex contradicted the contract", "legal heard of the launch from the news", "nobody knew who owned the mailbox", "the template was older than the law"],
        lessons: &["plain words survive disputes", "the best time to ask is before the launch", "a rule without an owner is a wish", "trust is a record you keep"],
    },
];
