//! May this member's prompt go to that provider? The register, the rule book and the gate are asked, and only a yes of all of them makes a
//! [`Permit`], without which the assistant hands nothing to a provider outside.

use candor_core::{
    Country, Event, Frame, History, MemberId, PurposeKey, Query, Reason, RecipientKey, RecordFacts, RecordKind,
    Visibility, rule::RecipientKind,
};
use jiff::Timestamp;

/// Name of the set of countries in the rule book in which processors may work. Without the set no provider outside is used.
pub const PROCESSOR_REGIONS: &str = "processors";

/// A provider outside, as the register has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Its key in the register.
    pub recipient: RecipientKey,
    /// Where it runs, as it is configured: a country code.
    pub region: String,
}

/// A prompt of one member may go to one provider now. Made by [`permit`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    recipient: RecipientKey,
}

impl Permit {
    /// Whom it is for.
    #[must_use]
    pub fn recipient(&self) -> &RecipientKey {
        &self.recipient
    }
}

/// Why a prompt may not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EgressRefused {
    /// Nobody of this name is registered.
    #[error("the provider is no registered recipient; register it with the event `recipient_added`")]
    NotRegistered,
    /// It is registered as something else.
    #[error("the recipient is no processor; register it with the kind `processor`")]
    NoProcessor,
    /// Its contract lets it train on what it gets.
    #[error("the provider's contract does not forbid it to train on prompts; register it with `no_train`")]
    Trains,
    /// It is registered in another region than it is configured in.
    #[error("the provider is registered in another region than it is configured in; correct one of them")]
    OtherRegion,
    /// The rule book lets no processor work there.
    #[error("the rule book does not list the provider's region in the set `{PROCESSOR_REGIONS}`")]
    Region,
    /// The gate says no for this member.
    #[error("the gate says no ({})", .0.code())]
    Gate(Reason),
}

/// What the register says of a recipient.
struct Registered {
    kind: RecipientKind,
    region: Option<String>,
    no_train: bool,
}

/// The latest registration that holds now; whether it has ended is the gate's to say.
fn registered(history: &History, key: &RecipientKey, now: Timestamp) -> Option<Registered> {
    let row = history.book().recipients.iter().find(|row| row.key == *key);
    let mut known = row.map(|row| Registered { kind: row.kind, region: row.region.clone(), no_train: row.no_train });
    for logged in history.of_platform(history.last()).filter(|logged| logged.permissive() <= now) {
        if let Event::RecipientAdded { recipient, kind, region, no_train } = &logged.event
            && recipient == key
        {
            known = Some(Registered { kind: *kind, region: region.clone(), no_train: *no_train });
        }
    }
    known
}

/// Whether a provider may be used at all, whoever asks.
///
/// # Errors
/// Why it may not.
pub fn usable(history: &History, outside: &Outside, now: Timestamp) -> Result<(), EgressRefused> {
    let now = history.present(now);
    let row = registered(history, &outside.recipient, now).ok_or(EgressRefused::NotRegistered)?;
    if row.kind != RecipientKind::Processor {
        return Err(EgressRefused::NoProcessor);
    }
    if !row.no_train {
        return Err(EgressRefused::Trains);
    }
    let place = Country::parse(&outside.region);
    if place.is_none() || row.region.as_deref().and_then(Country::parse) != place {
        return Err(EgressRefused::OtherRegion);
    }
    let regions = history.regions_at(now, history.last());
    if regions.holds(&format!("@{PROCESSOR_REGIONS}"), place) { Ok(()) } else { Err(EgressRefused::Region) }
}

/// The purpose under which prompts and the member's own style are used.
#[must_use]
pub fn features() -> Option<PurposeKey> {
    PurposeKey::new("generative_features").ok()
}

/// Asks whether a prompt that this member writes now may go to this provider.
///
/// # Errors
/// Why it may not; the first reason that hits.
pub fn permit(
    history: &History,
    outside: &Outside,
    member: &MemberId,
    now: Timestamp,
) -> Result<Permit, EgressRefused> {
    usable(history, outside, now)?;
    let purpose = features().ok_or(EgressRefused::Gate(Reason::UnknownPurpose))?;
    let query = Query::present(history, purpose, outside.recipient.clone(), now);
    // The member hands it over for this very purpose: who else may see it is no question here.
    let prompt = RecordFacts::written(member.clone(), RecordKind::Prompt, Visibility::Public, query.at);
    match Frame::new(history, &query).decide(history, &prompt).mask.shown() {
        None => Ok(Permit { recipient: outside.recipient.clone() }),
        Some(reason) => Err(EgressRefused::Gate(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_core::{Logged, RuleBook, Seq};

    /// A history of the seeds' rule book after these events, one a minute.
    fn history(events: &[serde_json::Value]) -> History {
        let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
        for (event, seq) in events.iter().zip(1..) {
            let t = "2024-10-01T00:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(seq);
            let event: Event = serde_json::from_value(event.clone()).unwrap();
            history.push(Logged { seq: Seq(seq.cast_unsigned()), t, t_valid: None, event }).unwrap();
        }
        history
    }

    #[test]
    fn register_rule_book_and_gate_must_all_agree() {
        let added = |kind: &str, region: &str, no_train: bool| serde_json::json!({ "type": "recipient_added", "recipient": "acme", "kind": kind, "region": region, "no_train": no_train });
        let good = added("processor", "us", true);
        let regions = serde_json::json!({ "type": "region_set_changed", "name": "processors", "countries": ["US"], "source": "a test", "date": "2024-10-01" });
        let policy = serde_json::json!({ "type": "policy_published", "policy": "acme", "effective_from": "2024-10-01",
            "discloses": [{ "purpose": "generative_features", "recipient": "acme", "covers_past_from": "beginning" }] });
        let ann = serde_json::json!({ "type": "member_registered", "member": "ann", "residence": "US", "birth_date": "1990-01-01" });
        let told = serde_json::json!({ "type": "notice_delivered", "member": "ann", "policy": "acme" });
        let off = serde_json::json!({ "type": "choice_set", "member": "ann", "purpose": "generative_features", "value": "off" });
        let ended = serde_json::json!({ "type": "recipient_ended", "recipient": "acme" });
        let whole = [good.clone(), regions.clone(), policy.clone(), ann.clone(), told.clone()];
        let with = |extra: serde_json::Value| whole.iter().cloned().chain([extra]).collect::<Vec<_>>();
        use EgressRefused::{Gate, NoProcessor, NotRegistered, OtherRegion, Region, Trains};
        let cases = [
            (whole.to_vec(), Ok(())),
            (Vec::new(), Err(NotRegistered)),
            (vec![added("affiliate", "US", true)], Err(NoProcessor)),
            (vec![added("processor", "US", false)], Err(Trains)),
            (with(added("processor", "US", false)), Err(Trains)),
            (vec![added("processor", "IN", true)], Err(OtherRegion)),
            (vec![good.clone()], Err(Region)),
            (vec![good.clone(), regions.clone(), ann.clone()], Err(Gate(Reason::RecipientNotDisclosed))),
            (vec![good, regions, policy, ann], Err(Gate(Reason::NoticeNotDelivered))),
            (with(off.clone()), Err(Gate(Reason::ChoiceOff))),
            (with(ended), Err(Gate(Reason::UnknownRecipient))),
        ];
        let outside = Outside { recipient: RecipientKey::new("acme").unwrap(), region: "US".into() };
        let (member, now) = (MemberId::new("ann").unwrap(), "2024-10-02T00:00:00Z".parse().unwrap());
        for (events, expected) in cases {
            let got = permit(&history(&events), &outside, &member, now).map(|_| ());
            assert_eq!(got, expected, "{events:?}");
        }
        let before_all = "2024-09-30T00:00:00Z".parse().unwrap();
        for (events, expected) in [(whole.to_vec(), Ok(())), (with(off), Err(Gate(Reason::ChoiceOff)))] {
            let got = permit(&history(&events), &outside, &member, before_all).map(|_| ());
            assert_eq!(got, expected, "a clock that went back hides nothing: {events:?}");
        }
    }
}
