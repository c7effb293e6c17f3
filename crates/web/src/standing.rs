//! Whether a member is used today, and why: the gate asked about a public post that the member would write now. Pages
//! show this, so that no page can say something that the gate does not.

use candor_core::{
    Frame, History, Mask, Member, MemberId, PurposeKey, Query, Reason, RecipientKey, RecordFacts, RecordKind,
    Visibility,
};
use candor_store::{ChoiceView, RegionStatus};
use jiff::Timestamp;

use crate::words;

/// How a member stands today.
pub(crate) fn today(history: &History, member: &MemberId, purpose: &PurposeKey, now: Timestamp) -> Standing {
    ask(history, purpose, now, |gate| gate(member))
}

/// How many members stand today, asked inside one frame: what is in force is looked up once.
pub(crate) fn all_today<'a>(
    history: &History,
    members: impl IntoIterator<Item = &'a Member>,
    purpose: &PurposeKey,
    now: Timestamp,
) -> Vec<Standing> {
    ask(history, purpose, now, |gate| members.into_iter().map(|member| gate(&member.id)).collect())
}

/// Hands `asker` the gate, asked about a public post of a member, written now.
fn ask<T>(
    history: &History,
    purpose: &PurposeKey,
    now: Timestamp,
    asker: impl FnOnce(&dyn Fn(&MemberId) -> Standing) -> T,
) -> T {
    let query = Query::present(history, purpose.clone(), RecipientKey::own(), now);
    let frame = Frame::new(history, &query);
    let post = |member: &MemberId| RecordFacts::written(member.clone(), RecordKind::Post, Visibility::Public, query.at);
    asker(&|member| Standing::of(frame.decide(history, &post(member)).mask))
}

/// Where a member stands, for pages and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// The member's data may be used.
    Used,
    /// The member's own choice keeps it out.
    OwnChoice(Reason),
    /// The member was not told, or too recently: it is on, but nothing is used yet.
    NotTold(Reason),
    /// Something keeps it out that no switch changes.
    LeftOut(Reason),
}

impl Standing {
    pub(crate) fn of(mask: Mask) -> Self {
        let reasons = || mask.iter().filter(|reason| !of_choice(*reason));
        if let Some(reason) = reasons().find(|reason| !of_notice(*reason)) {
            Self::LeftOut(reason)
        } else if let Some(reason) = mask.iter().find(|reason| of_choice(*reason)) {
            Self::OwnChoice(reason)
        } else {
            reasons().next().map_or(Self::Used, Self::NotTold)
        }
    }
}

/// Reasons that the switch is about.
fn of_choice(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ChoiceOff
            | Reason::ChoiceRecipientOff
            | Reason::ChoiceRetracted
            | Reason::NeverOn
            | Reason::CreatedWhileOff
    )
}

fn of_notice(reason: Reason) -> bool {
    matches!(reason, Reason::NoticeNotDelivered | Reason::NoticeWindow | Reason::BeforeDisclosure)
}

/// Why somebody is left out whatever their switch says, as a sentence to them.
pub(crate) fn sentence(reason: Reason, choice: &ChoiceView) -> String {
    let place = words::place(choice.residence.as_deref());
    match (reason, choice.region_status) {
        (Reason::RegionUnknownNow, _) | (_, RegionStatus::Unknown) => {
            "we do not know where you live, so we leave you out.".into()
        }
        (Reason::RegionExcludedNow, _) => {
            format!("members in {} are left out (rule “{}”).", place.unwrap_or("your country"), choice.rule)
        }
        (Reason::RegionPausedNow, _) => {
            format!("training is paused for members in {} (rule “{}”).", place.unwrap_or("your country"), choice.rule)
        }
        (Reason::MinorNow | Reason::MinorAtCreation, _) => "members under age are left out.".into(),
        (Reason::ObjectionPending, _) => "your objection is being weighed, and until then nothing is used.".into(),
        (Reason::ObjectionUpheld, _) => "you objected, and you were right.".into(),
        (other, _) => format!("{}.", other.words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_switch_changes_is_told_first() {
        use Reason::{ChoiceOff, ChoiceRetracted, MinorNow, NoticeNotDelivered, RegionExcludedNow};
        let cases: [(&[Reason], Standing); 6] = [
            (&[], Standing::Used),
            (&[ChoiceOff], Standing::OwnChoice(ChoiceOff)),
            (&[ChoiceRetracted, NoticeNotDelivered], Standing::OwnChoice(ChoiceRetracted)),
            (&[NoticeNotDelivered], Standing::NotTold(NoticeNotDelivered)),
            (&[ChoiceOff, RegionExcludedNow], Standing::LeftOut(RegionExcludedNow)),
            (&[MinorNow, RegionExcludedNow], Standing::LeftOut(MinorNow)),
        ];
        for (reasons, expected) in cases {
            let mut mask = Mask::default();
            reasons.iter().for_each(|reason| mask.add(*reason));
            assert_eq!(Standing::of(mask), expected, "{reasons:?}");
        }
    }
}
