//! The cohorts that the configuration asks for, and who is in them when a snapshot is built: by every place where a member
//! lives or has lived, as the log says it, since a pause takes out what was written there too. `["GB", "DE,FR", "@designated:2"]` are three: a country, two countries, a named set of the
//! rule book with two shards.

use crate::exit::Outcome;
use anyhow::Result;
use candor_core::{Country, Event, History, MemberId, Query};
use candor_dataset::Cohorts;
use std::collections::HashMap;

/// Reads one: its regions, and the number of its shards.
fn parse(text: &str) -> Result<(Vec<String>, u16)> {
    let wrong = || {
        let words = "`train.cohorts` holds `{}`; give regions as `GB` or `DE,FR` or `@set`, with `:2` for two shards";
        Outcome::Usage(words.replace("{}", text))
    };
    let (regions, shards) = match text.split_once(':') {
        Some((regions, shards)) => (regions, shards.trim().parse().map_err(|_| wrong())?),
        None => (text, 1),
    };
    let regions: Vec<String> = regions.split(',').map(|region| region.trim().to_owned()).collect();
    let is_region = |region: &String| region.starts_with('@') && region.len() > 1 || Country::parse(region).is_some();
    if regions.iter().all(is_region) { Ok((regions, shards)) } else { Err(wrong().into()) }
}

/// The cohorts of a snapshot of so many shards. A member of several is in the first; one whose place nobody knows is in none.
pub fn of(history: &History, query: &Query, wanted: &[String], shards: u16) -> Result<Cohorts> {
    let wanted = wanted.iter().map(|text| parse(text)).collect::<Result<Vec<_>>>()?;
    let sets = history.regions_at(query.at, query.as_of);
    let mut of = HashMap::new();
    if !wanted.is_empty() {
        for member in history.members() {
            let places = places(history, member, query);
            let holds = |region: &String| places.iter().any(|place| sets.may_hold(region, Some(*place)));
            let is_in = |(regions, _): &(Vec<String>, u16)| regions.iter().any(holds);
            if let Some(at) = wanted.iter().position(is_in) {
                of.insert(member.clone(), at);
            }
        }
    }
    Ok(Cohorts::new(shards, wanted, of)?)
}

/// Every place where a member lives or has lived.
fn places(history: &History, member: &MemberId, query: &Query) -> Vec<Country> {
    let stated = history.of_member(member, query.as_of).filter_map(|logged| match &logged.event {
        Event::MemberRegistered { residence, .. } | Event::ResidenceSet { residence, .. } => residence.as_deref(),
        _ => None,
    });
    stated.filter_map(Country::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_or_refused() {
        let regions = |list: &[&str]| list.iter().map(|region| (*region).to_owned()).collect::<Vec<_>>();
        assert_eq!(parse("GB").unwrap(), (regions(&["GB"]), 1));
        assert_eq!(parse("DE, FR:3").unwrap(), (regions(&["DE", "FR"]), 3));
        assert_eq!(parse("@designated").unwrap(), (regions(&["@designated"]), 1));
        for wrong in ["", "GB,", "nowhere", "@", "GB:many"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
