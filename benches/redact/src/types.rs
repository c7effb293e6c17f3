//! One table of types for all engines: what each of them calls what the sets label. A type that stands in no row keeps its name and
//! counts as wrong wherever no label is.

/// The types that all redactors are compared on, as the table below names them: 365 labels of presidio_synth.
pub const COMPARED: [&str; 7] = ["CREDIT_CARD", "PHONE", "EMAIL", "URL", "IBAN", "US_SSN", "IP_ADDRESS"];

/// A type, and its names in the sets and the engines.
pub const TYPES: [(&str, &[&str]); 15] = [
    ("CREDIT_CARD", &["CREDIT_CARD"]),
    ("PHONE", &["PHONE", "PHONE_NUMBER", "UK_PHONE_NUMBER", "UK_MOBILE_NUMBER"]),
    ("EMAIL", &["EMAIL", "EMAIL_ADDRESS"]),
    ("URL", &["URL", "DOMAIN_NAME", "PROFILE_URL"]),
    ("IBAN", &["IBAN", "IBAN_CODE"]),
    ("US_SSN", &["US_SSN", "SOCIAL_SECURITY_NUMBER"]),
    ("IP_ADDRESS", &["IP_ADDRESS"]),
    ("PERSON", &["PERSON", "NAME"]),
    (
        "LOCATION",
        &[
            "LOCATION",
            "GPE",
            "STREET_ADDRESS",
            "ZIP_CODE",
            "POSTAL_CODE",
            "US_ZIP_CODE",
            "UK_POSTCODE",
            "PO_BOX",
            "POSTALCODE",
            "ADDRESS",
            "COORDINATES",
        ],
    ),
    ("ORGANIZATION", &["ORGANIZATION"]),
    ("DATE_TIME", &["DATE_TIME", "DATE_OF_BIRTH"]),
    ("AGE", &["AGE"]),
    ("NRP", &["NRP"]),
    ("TITLE", &["TITLE"]),
    ("DRIVER_LICENSE", &["DRIVER_LICENSE", "US_DRIVER_LICENSE", "UK_DRIVER_LICENSE"]),
];

/// The name of a type in the table; its own where it stands in no row.
pub fn common(name: &str) -> &str {
    TYPES.iter().find(|(_, names)| names.contains(&name)).map_or(name, |(common, _)| common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_one_row() {
        let mut names: Vec<&str> = TYPES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(COMPARED.iter().all(|name| common(name) == *name));
        assert_eq!((common("PHONE_NUMBER"), common("SECRET")), ("PHONE", "SECRET"));
    }
}
