//! What the page says of a member's choice.

use super::{Bed, at, choice, id, registered};
use crate::{Change, RegionStatus};
use candor_core::{ChoiceValue, Event, PurposeKey, Scope, Seq};

/// The view is the default until something is chosen.
pub async fn the_view_is_the_default_until_something_is_chosen(bed: &Bed) {
    let store = bed.open().await;
    let purpose = PurposeKey::generative_training();
    store.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    let view = store.choice(&id("ann"), &purpose, at(2));
    assert_eq!((view.value, view.default, view.seq), (ChoiceValue::On, true, None));
    assert_eq!((view.region_status, view.off_scope), (RegionStatus::Open, Scope::FutureUse));
    assert!(!view.rule.is_empty());

    let off = Change::event(choice("ann", ChoiceValue::Off, Some(Scope::Retract)));
    store.commit(at(3), vec![off]).await.unwrap();
    let view = store.choice(&id("ann"), &purpose, at(4));
    assert_eq!((view.value, view.scope, view.default), (ChoiceValue::Off, Scope::Retract, false));
    assert_eq!((view.seq, view.since), (Some(Seq(3)), Some(at(3))));

    store.commit(at(5), vec![Change::event(choice("ann", ChoiceValue::On, None))]).await.unwrap();
    let steps = store.choice_history(&id("ann"), &purpose, at(6));
    let steps: Vec<_> = steps.iter().map(|step| (step.seq, step.value, step.scope)).collect();
    assert_eq!(steps, [(Seq(3), ChoiceValue::Off, Scope::Retract), (Seq(4), ChoiceValue::On, Scope::FromNow)]);
    // A choice that holds from later on is not shown before.
    let later = Change::Event { event: choice("ann", ChoiceValue::Off, None), t_valid: Some(at(50)), key: None };
    store.commit(at(6), vec![later]).await.unwrap();
    let values = [at(6), at(50)].map(|now| store.choice(&id("ann"), &purpose, now).value);
    assert_eq!(values, [ChoiceValue::On, ChoiceValue::Off]);
    // Another purpose is untouched.
    let other = PurposeKey::new("generative_features").unwrap();
    assert!(store.choice(&id("ann"), &other, at(6)).default);
}

/// The region is that of the place as it was last stated.
pub async fn the_region_is_that_of_the_place_as_it_was_last_stated(bed: &Bed) {
    let store = bed.open().await;
    let purpose = PurposeKey::generative_training();
    store.commit(at(0), vec![Change::event(registered("ann"))]).await.unwrap();
    let cases = [
        (Some("DE"), RegionStatus::Excluded),
        (Some("GB"), RegionStatus::Paused),
        (Some("Atlantis"), RegionStatus::Unknown),
        (None, RegionStatus::Unknown),
        (Some("us"), RegionStatus::Open),
    ];
    for (n, (residence, status)) in (1..).zip(cases) {
        let event = Event::ResidenceSet { member: id("ann"), residence: residence.map(String::from) };
        store.commit(at(n), vec![Change::event(event)]).await.unwrap();
        let view = store.choice(&id("ann"), &purpose, at(n));
        assert_eq!(view.region_status, status, "{residence:?}");
        assert_eq!(view.residence.as_deref(), residence);
    }
    assert_eq!(store.choice(&id("nobody"), &purpose, at(9)).region_status, RegionStatus::Unknown);
}
