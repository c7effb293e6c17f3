//! The numbering plans of the world, taken from the tables of `phonenumber` and compiled once per country code. That crate's own check keeps
//! only a hundred compiled patterns behind one lock: a text with numbers of many countries would compile them again for every number.

use std::sync::{LazyLock, OnceLock};

use phonenumber::Metadata;
use phonenumber::metadata::DATABASE;
use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;

/// Country codes have one to three digits.
const CODES: usize = 1_000;

/// The compiled plan of every country code; none for a code that no country has. Compiled when first asked for, at most once.
static PLANS: LazyLock<Vec<OnceLock<Option<Regex>>>> = LazyLock::new(|| (0..CODES).map(|_| OnceLock::new()).collect());

/// Numbers as dialed inside the countries that put a zero before them, without that zero.
static AT_HOME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let region = |id: &&str| DATABASE.by_id(*id);
    let fixed = FIXED_AND_MOBILE.iter().filter_map(region).filter_map(|plan| plan.descriptors().fixed_line());
    let mobile = FIXED_AND_MOBILE.iter().chain(&MOBILE_ONLY).filter_map(region);
    let mobile = mobile.filter_map(|plan| plan.descriptors().mobile());
    compile(fixed.chain(mobile).map(|numbers| numbers.national_number().as_str()))
});
/// Countries with a zero before every number at home.
const FIXED_AND_MOBILE: [&str; 8] = ["AU", "BE", "CH", "FR", "GB", "NL", "NZ", "ZA"];
/// Countries whose plan for fixed lines takes nearly every number, so that it tells nothing.
const MOBILE_ONLY: [&str; 4] = ["AT", "DE", "FI", "SE"];

/// Whether the digits, country code first, are a number of that country's plan. A zero for calls at home after the code is forgiven.
pub(super) fn is_abroad(digits: &str) -> bool {
    (1..=3).any(|length| {
        let (Some(code), Some(number)) = (digits.get(..length), digits.get(length..)) else { return false };
        let fits = |plan: &Regex| plan.is_match(number) || number.strip_prefix('0').is_some_and(|n| plan.is_match(n));
        plan_of(code).is_some_and(fits)
    })
}

/// Whether the digits, with their leading zero, are a number as dialed inside one of the countries above.
pub(super) fn is_at_home(digits: &str) -> bool {
    let number = digits.strip_prefix('0').unwrap_or(digits);
    AT_HOME.as_ref().is_some_and(|plan| plan.is_match(number))
}

fn plan_of(code: &str) -> Option<&'static Regex> {
    let code: u16 = code.parse().ok()?;
    let compiled = || {
        let regions: Vec<&Metadata> = DATABASE.by_code(&code)?;
        compile(regions.iter().map(|region| region.descriptors().general().national_number().as_str()))
    };
    PLANS.get(usize::from(code))?.get_or_init(compiled).as_ref()
}

/// One pattern that matches a whole number by any of the given ones. Without automata that grow while matching, so memory stays bounded.
fn compile<'p>(patterns: impl Iterator<Item = &'p str>) -> Option<Regex> {
    let mut patterns: Vec<&str> = patterns.collect();
    patterns.sort_unstable();
    patterns.dedup();
    let whole = format!("^(?:{})$", patterns.join("|"));
    let words = syntax::Config::new().unicode(false).utf8(false).ignore_whitespace(true);
    let small = Config::new().hybrid(false).dfa(false).utf8_empty(false);
    Regex::builder().syntax(words).configure(small).build(&whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_with_a_country_has_a_plan() {
        for region in DATABASE.iter() {
            assert!(plan_of(&region.country_code().to_string()).is_some(), "{}", region.id());
        }
    }

    #[test]
    fn numbers_fit_their_plan() {
        let abroad = ["4930901820", "12127352345", "447700921916", "4407700921916", "390612345678", "97142345678"];
        for digits in abroad {
            assert!(is_abroad(digits), "{digits}");
        }
        for digits in ["", "0", "999123456789", "33012", "1212735234567"] {
            assert!(!is_abroad(digits), "{digits}");
        }
        for digits in ["07700063966", "0184176118", "01512345678"] {
            assert!(is_at_home(digits), "{digits}");
        }
        for digits in ["0000000000", "0123", ""] {
            assert!(!is_at_home(digits), "{digits}");
        }
    }
}
