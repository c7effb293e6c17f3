//! The named sets of countries as they stand at a time, as of a log index.
//!
//! A set that was changed late is in doubt for the time between: then a country may be in it, and is in it for certain
//! only if every version says so. Restrictions follow what may be, openings what is certain.

use crate::{
    country::Country,
    event::Event,
    history::History,
    id::{PurposeKey, Seq},
    rule::Purpose,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// Which countries the named sets hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    /// For each set the versions that may stand.
    sets: BTreeMap<String, Arc<Vec<Vec<Country>>>>,
}

/// A region expression of a rule, looked up once: rows are asked for every place of every member.
#[derive(Debug, Clone)]
pub(crate) enum Region {
    /// `any`: also an unknown place.
    Any,
    /// `*`: every place that is known.
    Known,
    /// A country; none if the code is none.
    One(Option<Country>),
    /// The versions of a set that may stand.
    Set(Arc<Vec<Vec<Country>>>),
}

impl Regions {
    /// Whether a region expression of a rule may hold a place. `None` is an unknown place: only `any` holds it.
    #[must_use]
    pub fn may_hold(&self, region: &str, place: Option<Country>) -> bool {
        self.region(region).may_hold(place)
    }

    /// Whether a region expression of a rule holds a place for certain.
    #[must_use]
    pub fn holds(&self, region: &str, place: Option<Country>) -> bool {
        self.region(region).holds(place)
    }

    pub(crate) fn region(&self, text: &str) -> Region {
        match (text, text.strip_prefix('@')) {
            ("any", _) => Region::Any,
            ("*", _) => Region::Known,
            (_, Some(set)) => Region::Set(self.sets.get(set).cloned().unwrap_or_default()),
            (code, None) => Region::One(Country::parse(code)),
        }
    }
}

impl Region {
    pub(crate) fn may_hold(&self, place: Option<Country>) -> bool {
        self.asks(place, |versions, country| versions.iter().any(|set| set.contains(&country)))
    }

    pub(crate) fn holds(&self, place: Option<Country>) -> bool {
        self.asks(place, |versions, country| !versions.is_empty() && versions.iter().all(|set| set.contains(&country)))
    }

    fn asks(&self, place: Option<Country>, has: impl Fn(&[Vec<Country>], Country) -> bool) -> bool {
        match (self, place) {
            (Self::Any, _) => true,
            (Self::Known | Self::One(_) | Self::Set(_), None) => false,
            (Self::Known, Some(_)) => true,
            (Self::One(code), place) => *code == place,
            (Self::Set(versions), Some(country)) => has(versions, country),
        }
    }
}

impl History {
    /// The named sets of countries at `at` as of an index. A later version replaces the earlier as a whole.
    #[must_use]
    pub fn regions_at(&self, at: Timestamp, as_of: Seq) -> Regions {
        let mut dated: BTreeMap<String, Vec<(Timestamp, Timestamp, Vec<Country>)>> = BTreeMap::new();
        for set in &self.book().region_sets {
            let from = set.from.unwrap_or(Timestamp::MIN);
            dated.entry(set.name.clone()).or_default().push((from, from, set.countries.clone()));
        }
        for logged in self.of_platform(as_of) {
            if let Event::RegionSetChanged(set) = &logged.event {
                let valid = set.from.unwrap_or(logged.valid());
                let version = (valid, valid.max(logged.t), set.countries.clone());
                dated.entry(set.name.clone()).or_default().push(version);
            }
        }
        let standing = |versions: Vec<(Timestamp, Timestamp, Vec<Country>)>| {
            let last = versions.iter().filter(|(_, certain, _)| *certain <= at).map(|(_, certain, _)| *certain).max();
            let stands = |(valid, certain, _): &(Timestamp, Timestamp, Vec<Country>)| {
                Some(*certain) == last || (*valid <= at && at < *certain)
            };
            versions.into_iter().filter(stands).map(|(_, _, countries)| countries).collect()
        };
        Regions { sets: dated.into_iter().map(|(name, versions)| (name, Arc::new(standing(versions)))).collect() }
    }

    /// The purpose as it is defined at `at` as of an index; a definition is never backdated.
    #[must_use]
    pub fn purpose_at(&self, key: &PurposeKey, at: Timestamp, as_of: Seq) -> Option<Purpose> {
        let defined = self.of_platform(as_of).filter(|logged| logged.permissive() <= at);
        let latest = defined.filter_map(|logged| match &logged.event {
            Event::PurposeDefined(purpose) if purpose.key == *key => Some((logged.permissive(), logged.seq, purpose)),
            _ => None,
        });
        let latest = latest.max_by_key(|(t, seq, _)| (*t, *seq)).map(|(_, _, purpose)| purpose);
        latest.or_else(|| self.book().purpose(key)).cloned()
    }
}
