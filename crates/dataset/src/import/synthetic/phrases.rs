//! Sentences that fit any field of work. `{thing}`, `{act}`, `{pain}`, `{lesson}`, `{role}`, `{when}`, `{who}`, `{n}` and
//! `{pct}` are filled in; `{…:cap}` with a capital.

#[rustfmt::skip]
pub(super) const OPENERS: &[&str] = &[
    "{when:cap} {who} asked me about {thing}.", "A small story about {thing}.", "Unpopular opinion: {lesson}.",
    "I used to think that {thing} was somebody else's job.", "{n} years as {a_role}, and I still get {thing} wrong.",
    "We finally decided to {act}.", "Nobody tells a new {role} that {lesson}.", "It started with {thing}.",
    "Today was the day we chose to {act}.", "I owe {who} an apology.", "Can we talk about {thing}?",
    "What I would tell a younger {role}: {lesson}.", "Three notes on {thing}.", "My week in one line: {pain}.",
    "{when:cap} everything depended on {thing}.", "Ask {a_role} about {thing} and bring a chair.",
    "I have changed my mind about {thing}.", "There are two kinds of teams: those that {act}, and those that will.",
    "Last quarter {pain}, so we had to {act}.", "I was wrong, and it took {thing} to show me.",
    "Proud of the team today.", "Some of you asked how it went with {thing}.", "Here is a thing that surprised me.",
    "A question for every {role} here.",
];

#[rustfmt::skip]
pub(super) const MIDDLES: &[&str] = &[
    "{when:cap} {pain}.", "{who:cap} suggested that we {act}.", "It took us {n} weeks to {act}.",
    "The first attempt failed because {pain}.", "We measured it: {pct} percent less waiting.",
    "What helped was to {act}, and then to {act}.", "Of course {pain}.", "I had planned to {act}, but {pain}.",
    "Since then {lesson}, at least for us.", "{who:cap} said it best: {lesson}.", "The numbers moved by {pct} percent in {n} weeks.",
    "Without {thing} we would still be guessing.", "So {when} we sat down to {act}.", "It turns out that {lesson}.",
    "Nobody noticed until {pain}.", "To {act} sounds simple until {pain}.", "That is {n} hours a week we get back.",
    "I kept a list: {thing}, {thing}, and {thing}.", "Every {role} I know has met {thing}.",
    "We tried it with {n} people first.", "If you want to {act}, start with {thing}.", "Then {pain}, twice.",
    "My rule now: {act} first, discuss later.", "It cost less than {thing} ever did.",
    "{who:cap} wanted to {act}; I wanted to wait.", "Half of the work was {thing}.", "The other half was to {act}.",
    "Looking back, {pain} long before we saw it.", "One in {n} cases still goes wrong.", "We wrote down that {lesson}, and meant it.",
    "The budget was {n} thousand and we used {pct} percent of it.", "Some say {lesson}; others never had to {act}.",
    "When {pain}, {who} stayed calm.", "I still believe {lesson}.", "Today {thing} looks different.",
    "You cannot {act} and ignore {thing}.", "For {n} months I avoided {thing}.", "Small steps: {act}, rest, repeat.",
];

#[rustfmt::skip]
pub(super) const CLOSERS: &[&str] = &[
    "What would you do?", "How does your team handle {thing}?", "Happy to share the details.", "{lesson:cap}.",
    "Next up: {act}.", "Thank you to everyone who helped to {act}.", "That is all, back to {thing}.",
    "Curious how others see it.", "Would you {act}, or wait?", "More on {thing} next week.", "Remember: {lesson}.",
    "If you are {a_role} and this sounds familiar, say hello.", "We are hiring {a_role}, by the way.",
    "I will report back in {n} weeks.", "Tell me I am wrong.", "Onwards.", "Has anyone else seen that {pain}?",
    "It was worth it.", "Not everything needs a lesson, but {lesson}.", "Small wins count.",
];

#[rustfmt::skip]
pub(super) const REPLIES: &[&str] = &[
    "Well put.", "I see it differently: {lesson}.", "Did you also {act}?", "This. {lesson:cap}.", "With us {pain} as well.",
    "How long did it take to {act}?", "We had the same with {thing}.", "As {a_role} I can only agree.",
    "Have you thought about {thing}?", "Saved for the next time that somebody wants to {act}.",
    "I would start with {thing} instead.", "Congratulations, {n} weeks is quick.", "Numbers or it did not happen.",
    "My experience is the opposite, {pain} and nobody cared.", "Thanks for writing about {thing}.",
    "Who owns {thing} on your side?", "Only {pct} percent? We saw more.", "Good point on {thing}.",
];

#[rustfmt::skip]
pub(super) const FEEDBACK: &[&str] = &[
    "The draft about {thing} was too long.", "The suggestion did not sound like me.", "Thumbs up for the summary of {thing}.",
    "It used the word synergy, please do not.", "Search did not find {thing}.", "The feed shows me {thing} every day.",
    "I asked it to {act} and it answered something else.", "Useful: it noticed that {pain}.", "The app froze after {n} seconds.",
    "Please let me turn off suggestions about {thing}.", "Report: somebody pretends to be {a_role}.",
    "The draft was fine after {n} edits.",
];

#[rustfmt::skip]
pub(super) const USAGE: &[&str] = &[
    "searched for {thing}", "opened the feed for {n} minutes", "read an article about {thing} to {pct} percent",
    "followed the topic {role}", "closed a suggestion to {act}", "kept {pct} percent of a draft about {thing}",
    "muted posts on {thing}", "sorted comments by newest, {n} shown", "looked at {n} openings for {a_role}",
    "shared a post where {pain}",
];

#[rustfmt::skip]
pub(super) const MESSAGES: &[&str] = &[
    "Just between us: {pain}.", "Please keep this to yourself, we may have to {act}.", "Are you free {when} to talk about {thing}?",
    "I did not want to say it in public, but {lesson}.", "They offered me {n} thousand more.", "I am thinking of leaving.",
];

#[rustfmt::skip]
pub(super) const WHEN: &[&str] = &[
    "this morning", "last week", "on Monday", "after lunch", "two days before the deadline", "in my first month", "last autumn",
    "at the end of the quarter", "yesterday", "during the night shift", "right before the holidays", "on a rainy Thursday",
    "somewhere over the Atlantic", "in the middle of a call", "ten minutes before the meeting", "in spring", "after the audit",
    "on the train home",
];

#[rustfmt::skip]
pub(super) const WHO: &[&str] = &[
    "a new colleague", "my manager", "our youngest team member", "a customer", "the night crew", "an old friend", "my mentor",
    "the person next to me", "somebody from finance", "a student", "the team in the other building", "my neighbor",
    "a stranger at a conference", "our auditor", "the intern", "half of the room",
];

/// Habits of speech; each member has a few.
#[rustfmt::skip]
pub(super) const HABITS: &[&str] = &[
    "To be fair,", "In my book,", "Honestly,", "Long story short,", "As my grandmother said,", "For what it is worth,",
    "Plainly put,", "Mind you,", "Between the lines,", "At the end of the day,", "Small detail:", "Call me old-fashioned, but",
    "Spoiler:", "If I may,", "By the way,", "Fun fact:", "Believe it or not,", "Quick note:", "I will say it again:", "On reflection,",
];

/// What some members end every post with.
#[rustfmt::skip]
pub(super) const SIGN_OFFS: &[&str] = &[
    "#craft", "#leadership #learning", "#opentowork", "Cheers!", "🙏", "🚀", "Stay curious.", "Kind regards from the workshop.",
    "#oneThingAWeek", "— notes to self", "Keep going.", "✍️", "#smallwins", "Until tomorrow.", "Be kind.", "#lessons",
];

#[rustfmt::skip]
pub(super) const TITLES: &[&str] = &[
    "What {thing} taught me", "Why we chose to {act}", "Notes of {a_role}", "{n} weeks with {thing}", "How to {act} without drama",
    "{lesson:cap}", "The day {pain}", "In defense of {thing}",
];
