//! Numbers of the south of Europe. Data only; the engine beside this file reads it.

use super::{Rule, check_asia, check_europe};
use crate::kind::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: Kind::EsNif,
        sure: &["99999999A", "99999999-A", "99.999.999-A"],
        near: &["99.999.999A", "99999999 A"],
        check: check_europe::es_nif,
        words: &["nif", "dni", "documento nacional"],
        hits: &["nif: {12345678Z}", "my dni is {54362315-K}.", "(nif {99.999.999-R}), thanks"],
        misses: &["nif: 12346678Z", "nif 54362315K0123456789012345678901234567", "seen v99999999Rz there"],
    },
    Rule {
        kind: Kind::EsNie,
        sure: &["A9999999A", "A-9999999-A"],
        near: &["A9999999-A", "A-9999999A"],
        check: check_europe::es_nif,
        words: &["nie", "extranjero"],
        hits: &["nie: {X1234567L}", "my extranjero is {X-2482300-W}.", "(nie {Y8647183W}), thanks"],
        misses: &["nie: X1235567L", "nie X2482300W0123456789012345678901234567", "seen vY8647183Wz there"],
    },
    Rule {
        kind: Kind::EsCif,
        sure: &[],
        near: &["A99999999", "A9999999A", "A-99999999", "A-9999999A"],
        check: check_europe::es_cif,
        words: &["cif", "nif", "tax id", "company tax id"],
        hits: &["cif: {A58818501}", "my nif is {A-13585625}.", "(cif {Q2818002D}), thanks"],
        misses: &["cif: A58819501", "cif A135856250123456789012345678901234567", "a list of 7, q2818002d and 9"],
    },
    Rule {
        kind: Kind::ItFiscalCode,
        sure: &["AAAAAA99A99A999A", "AAA AAA 99A99 A999A"],
        near: &["AAAAAA 99A99 A999A", "AAAAAA-99A99-A999A"],
        check: check_europe::it_fiscal_code,
        words: &["codice fiscale", "cod fisc", "fiscal code", "cf:"],
        hits: &[
            "codice fiscale: {RSSMRA85T10A562S}",
            "my cod fisc is {MRTMTT91D08F205J}.",
            "(codice fiscale {RSS MRA 85T10 A562S}), thanks",
        ],
        misses: &[
            "codice fiscale: RSSMRA85T11A562S",
            "codice fiscale MRTMTT91D08F205J0123456789012345678901234567",
            "seen vRSSMRA85T10A562Sz there",
        ],
    },
    Rule {
        kind: Kind::ItVat,
        sure: &[],
        near: &["99999999999"],
        check: check_europe::it_vat,
        words: &["partita iva", "p iva", "p.iva", "piva", "vat"],
        hits: &["partita iva: {00743110157}", "my p iva is {05959030387}.", "(partita iva {93958690807}), thanks"],
        misses: &[
            "partita iva: 00743210157",
            "partita iva 059590303870123456789012345678901234567",
            "a list of 7, 93958690807 and 9",
        ],
    },
    Rule {
        kind: Kind::PtNif,
        sure: &[],
        near: &["999999999", "999 999 999"],
        check: check_europe::pt_nif,
        words: &["nif", "contribuinte", "nipc", "número fiscal", "tax number"],
        hits: &["nif: {501964843}", "my contribuinte is {123456789}.", "(nif {501 442 600}), thanks"],
        misses: &["nif: 501974843", "nif 1234567890123456789012345678901234567", "a list of 7, 501442600 and 9"],
    },
    Rule {
        kind: Kind::GrAmka,
        sure: &[],
        near: &["99999999999"],
        check: check_europe::gr_amka,
        words: &["αμκα", "amka"],
        hits: &["αμκα: {01013099997}", "my amka is {27076215824}.", "(αμκα {03018456099}), thanks"],
        misses: &[
            "αμκα: 01013199997",
            "αμκα 270762158240123456789012345678901234567",
            "a list of 7, 03018456099 and 9",
        ],
    },
    Rule {
        kind: Kind::TrTckn,
        sure: &[],
        near: &["99999999999"],
        check: check_asia::tr_tckn,
        words: &["tckn", "tc kimlik", "t.c. kimlik", "kimlik", "tc no", "turkish id"],
        hits: &["tckn: {10000000146}", "my tc kimlik is {17291716060}.", "(tckn {54444271786}), thanks"],
        misses: &[
            "tckn: 10000100146",
            "tckn 172917160600123456789012345678901234567",
            "a list of 7, 54444271786 and 9",
        ],
    },
    Rule {
        kind: Kind::IlId,
        sure: &[],
        near: &["999999999", "99999999-9", "9-99999999", "9 9999999 9"],
        check: check_asia::il_id,
        words: &["תעודת זהות", "ת.ז", "מספר זהות", "teudat zehut", "israeli id", "israel id", "id number"],
        hits: &["תעודת זהות: {039337423}", "my ת.ז is {123456782}.", "(תעודת זהות {03933742-3}), thanks"],
        misses: &[
            "תעודת זהות: 039347423",
            "תעודת זהות 1234567820123456789012345678901234567",
            "a list of 7, 039337423 and 9",
        ],
    },
];
