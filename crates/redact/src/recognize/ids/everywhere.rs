//! Numbers of devices. Data only; the engine beside this file reads it.

use super::{Rule, check_world};
use crate::kind::Kind;

pub(super) const RULES: &[Rule] = &[Rule {
    kind: Kind::Imei,
    sure: &[],
    near: &[
        "999999999999999",
        "99-999999-999999-9",
        "99 999999 999999 9",
        "999999-99-999999-9",
        "999999 99 999999 9",
        "99999999-999999-9",
        "99999999 999999 9",
        "999999/99/999999/9",
        "999-999-999-999-999",
        "999 999 999 999 999",
    ],
    check: check_world::imei,
    words: &[
        "imei",
        "device id",
        "meid",
        "phoneimei",
        "imeinumber",
        "imeino",
        "deviceid",
        "serienummer imei",
        "串号",
        "단말기 고유번호",
    ],
    hits: &[
        "imei: {490154203237518}",
        "my device id is {356938035643809}.",
        "(imei {35-209900-176148-1}), thanks",
        "IMEI1 {490154203237518}, IMEI2 {356938 03 564380 9}",
        "{490154203237518} (I.M.E.I.)",
    ],
    misses: &[
        "imei: 490154213237518",
        "imei 3569380356438090123456789012345678901234567",
        "a list of 7, 352099001761481 and 9",
    ],
}];
