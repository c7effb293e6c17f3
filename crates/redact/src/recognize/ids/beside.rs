//! Bank accounts that a number of their bank stands beside: `sort code 20-00-00, account 12345678`, `routing 021000021; checking 4417123456`.
//! Without such a number the words before them lead to accounts of every sort.

use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::Page;

/// How far after the bank's number the account's begins, and before it ends, in bytes.
const REACH: usize = 32;
/// The digits of an account.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=17;
/// Words for an account; what else may stand before its number.
const WORDS: [&str; 6] = ["account", "acct", "a/c", "acc", "checking", "savings"];
const SMALL: [&str; 9] = ["no", "number", "num", "nr", "and", "the", "bank", "is", "my"];

/// Adds the accounts beside the numbers of banks among `findings` from `from` on.
#[inline(never)]
pub(super) fn accounts(page: &Page<'_>, from: usize, findings: &mut Vec<Finding>) {
    for at in from..findings.len() {
        let Some(bank) = findings.get(at).filter(|finding| is_bank(page, finding)).map(|finding| finding.span) else {
            continue;
        };
        let score = 0.95;
        if let Some(account) = after(page, bank).or_else(|| before(page, bank)) {
            findings.push(Finding::new(Kind::BankAccount, account, score));
        }
    }
}

/// Whether a finding is the number of a bank and not of an account.
fn is_bank(page: &Page<'_>, finding: &Finding) -> bool {
    let text = finding.span.of(page.text());
    match finding.kind {
        Kind::UsRouting => true,
        Kind::BankAccount => {
            matches!(text.len(), 6 | 8)
                && text.bytes().filter(u8::is_ascii_digit).count() == 6
                && page.bytes_before(finding.span.start, 16).to_ascii_lowercase().contains("sort")
        }
        _ => false,
    }
}

/// The account after the bank's number: signs, its word, and the number.
fn after(page: &Page<'_>, bank: Span) -> Option<Span> {
    let gap = page.bytes_after(bank.end, REACH);
    let digits = gap.find(|c: char| c.is_ascii_digit())?;
    let start = bank.end + digits;
    is_named(gap.get(..digits)?).then(|| number(page, start)).flatten()
}

/// The account before: `account 12345678, sort code 20-00-00`.
fn before(page: &Page<'_>, bank: Span) -> Option<Span> {
    let gap = page.bytes_before(bank.start, REACH);
    let end = bank.start - gap.len() + gap.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = page.back_while(end, 18, |c| c.is_ascii_digit());
    let between = page.slice(end, bank.start).to_ascii_lowercase();
    let head = page.bytes_before(start, 20);
    let head = head.rsplit(['\n', '.', ';']).next().unwrap_or(head);
    let near = between.contains("sort") || between.contains("routing") || between.contains("aba");
    (near && !between.contains('\n') && is_named(head)).then(|| number(page, start)).flatten()
}

/// Whether the text says that an account's number follows: its word, and signs and small words.
fn is_named(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphabetic() && c != '/').filter(|word| !word.is_empty());
    let mut named = false;
    for word in parts {
        let account = WORDS.contains(&word);
        if !account && !SMALL.contains(&word) && word != "/" {
            return false;
        }
        named |= account;
    }
    named
}

/// The digits at `start` when they may be an account's.
fn number(page: &Page<'_>, start: usize) -> Option<Span> {
    let end = page.ahead_while(start, 18, |c| c.is_ascii_digit());
    let goes_on = matches!(page.byte(end), Some(b'-' | b'.' | b',' | b'/'))
        && page.byte(end + 1).is_some_and(|byte| byte.is_ascii_digit());
    (DIGITS.contains(&(end - start)) && page.starts_word(start) && page.ends_word(end) && !goes_on)
        .then(|| Span::new(start, end))
}

#[cfg(test)]
mod tests {
    use crate::kind::Kind;
    use crate::recognize::{Ids, check};

    #[test]
    fn finds() {
        check(
            &Ids,
            Kind::BankAccount,
            &[
                "Sort Code: 60-94-16 Account: {41866032}".replace("60-94-16", "{60-94-16}").as_str(),
                "routing 021000021, account {6836254530}.",
                "Routing: 021000021\nAccount: {17250102156}",
                "ACH routing 021000021; checking {3427305865}",
                "account {6836254530}, routing number 021000021",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Ids,
            Kind::BankAccount,
            &[
                "account: 41866032",
                "routing 021000021, order 6836254530",
                "routing 021000021, ticket for account 12",
                "routing 021000021 (account since 2019-03-04)",
            ],
        );
    }
}
