//! What holds for every text: no panic, spans on character boundaries, redacting twice changes nothing, the same key gives the same text,
//! and the time grows with the length and no faster.

use candor_redact::{Directory, Entry, Kind, Operator, Redactor, Span};
use proptest::prelude::*;

use crate::holds::{self, operators};

/// Texts that are dense in what recognizers look for.
fn difficult() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,6}",
        "[ .()/:@+-]{1,3}",
        "[a-f0-9:]{1,12}",
        "[a-z]{1,4}[.@][a-z]{1,4}",
        Just("a.b@mail.org".to_owned()),
        Just("+49 30 901820".to_owned()),
        Just("4111 1111 1111 1111".to_owned()),
        Just("DE89 3704 0044 0532 0130 00".to_owned()),
        Just("86.121.97.248".to_owned()),
        Just("2a02:8109::1".to_owned()),
        Just("https://u:p@host.org/in/anna".to_owned()),
        Just("candor.org/in/anna".to_owned()),
        Just("@anna_k".to_owned()),
        Just("@anna@host.social".to_owned()),
        Just("Anna Kovač".to_owned()),
        Just("BEN LI".to_owned()),
        Just("[EMAIL_1]".to_owned()),
        Just("[PERSON_2]".to_owned()),
        Just("SSN 536-90-4399".to_owned()),
        Just("passport C01X00T47".to_owned()),
        Just("AB123456C".to_owned()),
        Just("password=hunter2".to_owned()),
        Just("born 12/03/1985".to_owned()),
        Just("12 Main Street".to_owned()),
        Just("anna (at) firma.de".to_owned()),
        Just("lat 52.520008, 13.404954".to_owned()),
        Just("3c:22:fb:aa:01:9f".to_owned()),
        Just("zip 94105-1234 ".to_owned()),
        Just("call ".to_owned()),
        Just("12 Main Street, Springfield, IL 62704".to_owned()),
        Just("Allika 46\n Suite 501\n".to_owned()),
        Just("PSC 0413, Box 8144\nAPO AA 42323".to_owned()),
        Just("corner of Hollywood and Vine".to_owned()),
        Just("lives at 14 The Larches".to_owned()),
        Just("on 2024-09-18 11:34:35".to_owned()),
        Just("aged 34, ".to_owned()),
        Just("aged thirty-four, ".to_owned()),
        Just("she was born in 1985 ".to_owned()),
        Just("Password: W0|mF{Kzd".to_owned()),
        Just("\nStreet: Oak Lane\n".to_owned()),
        Just("routing 021000021, account 12345678 ".to_owned()),
        Just("Dr. Smith on Tuesday".to_owned()),
        Just("card ".to_owned()),
        Just("*".to_owned()),
        Just("Zoë 🚀 ß".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn directory() -> Directory {
    let entry = |member: &str, name: &str, handle: &str, blocked: bool| Entry {
        member: member.into(),
        names: vec![name.into()],
        handles: vec![handle.into()],
        profile_urls: vec![format!("https://candor.org/in/{member}")],
        blocked,
    };
    // The last two are names that surrogates and placeholders could write.
    let entries = [
        entry("anna", "Anna Kovač", "anna_k", false),
        entry("ben", "Ben Li", "ben", true),
        entry("lee", "Lee Hale", "example_00000000", false),
        entry("odd", "Person [PERSON_1] Email", "x", true),
    ];
    Directory::build(entries).unwrap()
}

fn redactor(operator: Operator) -> Redactor {
    Redactor::builder().directory(directory()).operator_for_all(operator).key([9; 32]).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_ordered_and_on_boundaries(text in difficult()) {
        holds::in_order(&text, &redactor(Operator::Mask).find(&text))?;
    }

    #[test]
    fn twice_is_once(text in difficult(), operator in operators()) {
        holds::twice_is_once(&redactor(operator), &text)?;
    }

    #[test]
    fn the_same_key_gives_the_same_text(text in difficult(), operator in operators()) {
        prop_assert_eq!(redactor(operator).redact(&text, &[]), redactor(operator).redact(&text, &[]));
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300), operator in operators()) {
        let text = String::from_utf8_lossy(&bytes);
        holds::twice_is_once(&redactor(operator), &text)?;
    }

    #[test]
    fn no_broken_text_breaks_it(
        text in difficult(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        operator in operators(),
    ) {
        let mut bytes = text.into_bytes();
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let at = place.index(bytes.len());
                bytes[at] = byte;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let redactor = redactor(operator);
        holds::in_order(&text, &redactor.find_all(&text))?;
        holds::twice_is_once(&redactor, &text)?;
    }

    #[test]
    fn any_span_may_be_given(text in difficult(), spans in prop::collection::vec((0_usize..90, 0_usize..90), 0..5)) {
        let spans: Vec<Span> = spans.into_iter().map(|(start, end)| Span { start, end }).collect();
        let redacted = redactor(Operator::Remove).redact(&text, &spans);
        let fits = spans.iter().any(|span| span.start < span.end && span.start < text.len());
        prop_assert!(!fits || redacted.counts.total() > 0);
    }

    #[test]
    fn nothing_planted_is_left(before in "[jqxJQX ,]{0,20}", after in "[ ,.][jqxJQX ,.]{0,20}") {
        let planted = [
            ("nina.weber@firma.de", Kind::Email),
            ("+49 30 901820", Kind::Phone),
            ("5555 5555 5555 4444", Kind::CreditCard),
            ("GB29NWBK60161331926819", Kind::Iban),
            ("86.121.97.248", Kind::IpAddress),
            ("Anna Kovač", Kind::Person),
        ];
        for (value, kind) in planted {
            // A word before a number may say that it is of another kind, such as `UPC`: these letters spell none.
            prop_assert!(redactor(Operator::Placeholder).redact(value, &[]).counts.get(kind) > 0);
            let text = format!("{before} {value}{after}");
            let redacted = redactor(Operator::Placeholder).redact(&text, &[]);
            prop_assert!(!redacted.text.contains(value), "{}", redacted.text);
        }
    }
}
