//! Redaction: no bytes may break it, findings are ordered and lie on character boundaries, and redacting twice changes nothing.
#![no_main]

use candor_redact::{Operator, Redactor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let operator = Operator::ALL[bytes.len() % Operator::ALL.len()];
    let redactor = Redactor::builder().operator_for_all(operator).key([7; 32]).build().unwrap();
    let mut end = 0;
    for finding in redactor.find_all(&text) {
        assert!(end <= finding.span.start && text.get(finding.span.start..finding.span.end).is_some());
        end = finding.span.end;
    }
    let once = redactor.redact(&text, &[]).text;
    assert_eq!(redactor.redact(&once, &[]).text, once);
});
