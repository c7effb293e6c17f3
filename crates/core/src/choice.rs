//! A member's choice for a purpose, and what it reaches.
//!
//! The reports of 2024 disagree on what an opt-out means ("future data collection" or "future use"), so here the scope
//! is explicit: every choice carries one, and the page says which applies before the click.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceValue {
    /// May be used.
    On,
    /// May not be used.
    Off,
}

/// How far a choice reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Off: nothing of mine, old or new, enters a new run; what is trained stays.
    FutureUse,
    /// Off: records written from now on stay out.
    FutureRecords,
    /// Off: as future use, and my past leaves snapshots and adapters.
    Retract,
    /// On: what I write from now on, and what I wrote while it was on before.
    FromNow,
    /// On: also what I wrote while it was off or before the notice.
    IncludePast,
}

impl Scope {
    /// The value this scope belongs to.
    #[must_use]
    pub fn value(self) -> ChoiceValue {
        match self {
            Self::FutureUse | Self::FutureRecords | Self::Retract => ChoiceValue::Off,
            Self::FromNow | Self::IncludePast => ChoiceValue::On,
        }
    }
}

/// Who set a choice. Only the member and an officer may turn something on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The member.
    #[default]
    Member,
    /// A guardian; may only restrict.
    Guardian,
    /// A technical signal such as GPC; may only restrict.
    Signal,
    /// A privacy officer.
    Officer,
}

/// What a member's choices for one purpose and recipient add up to: the use gate `g` and the set `E` of eligible
/// creation intervals of `rules.md` section 2.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Use gate: whether anything may enter a new run.
    pub open: bool,
    /// Eligible creation times, as half-open intervals `[from, to)` in ascending order.
    pub eligible: Vec<(Timestamp, Timestamp)>,
    /// When the member last opened the past while adult rules are asked (see `minor_at_creation`).
    pub include_past: Option<Timestamp>,
    /// Whether any choice was ever made.
    pub chosen: bool,
}

impl Standing {
    /// Before any choice: open and everything eligible under opt-out, closed and nothing eligible under opt-in.
    #[must_use]
    pub fn initial(opt_in: bool) -> Self {
        let eligible = if opt_in { Vec::new() } else { vec![(Timestamp::MIN, Timestamp::MAX)] };
        Self { open: !opt_in, eligible, include_past: None, chosen: false }
    }

    /// Applies one choice that takes effect at `t`. Choices must be applied in the order in which they take effect.
    pub fn apply(&mut self, scope: Scope, t: Timestamp) {
        self.chosen = true;
        match scope {
            Scope::FutureUse => {
                self.open = false;
                self.end_at(t);
            }
            Scope::FutureRecords => self.end_at(t),
            Scope::Retract => {
                self.open = false;
                self.eligible.clear();
                self.include_past = None;
            }
            Scope::FromNow => {
                self.open = true;
                self.end_at(t);
                self.eligible.push((t, Timestamp::MAX));
            }
            Scope::IncludePast => {
                self.open = true;
                self.eligible = vec![(Timestamp::MIN, Timestamp::MAX)];
                self.include_past = Some(t);
            }
        }
    }

    /// Ends eligibility at `t`: what is written at `t` or later is out.
    fn end_at(&mut self, t: Timestamp) {
        self.eligible.retain(|(from, _)| *from < t);
        for (_, to) in &mut self.eligible {
            *to = t.min(*to);
        }
    }

    /// Whether something written at `t` is eligible.
    #[must_use]
    pub fn covers(&self, t: Timestamp) -> bool {
        self.eligible.iter().any(|(from, to)| *from <= t && (t < *to || *to == Timestamp::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(n * 86_400).unwrap()
    }

    #[test]
    fn scopes_reach_as_the_rules_say() {
        use Scope::{FromNow, FutureRecords, FutureUse, IncludePast, Retract};
        /// Choices in order, whether it is open after them, which of the days 1, 5, 15 and 25 are eligible.
        type Case = (&'static [(Scope, i64)], bool, [bool; 4]);
        let cases: [Case; 7] = [
            (&[], true, [true, true, true, true]),
            (&[(FutureUse, 10)], false, [true, true, false, false]),
            (&[(FutureRecords, 10)], true, [true, true, false, false]),
            (&[(FutureUse, 10), (FromNow, 20)], true, [true, true, false, true]),
            (&[(Retract, 10), (FromNow, 20)], true, [false, false, false, true]),
            (&[(Retract, 10), (IncludePast, 20)], true, [true, true, true, true]),
            (&[(FromNow, 10)], true, [true, true, true, true]),
        ];
        for (choices, open, eligible) in cases {
            let mut standing = Standing::initial(false);
            for (scope, at) in choices {
                standing.apply(*scope, day(*at));
            }
            assert_eq!(standing.open, open, "{choices:?}");
            assert_eq!([1, 5, 15, 25].map(|d| standing.covers(day(d))), eligible, "{choices:?}");
        }
        assert_eq!(Standing::initial(true).eligible, vec![]);
    }
}
