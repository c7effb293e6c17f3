//! The kinds of personal data, one row each: name, family, and words for one and for several. Never says how a kind is found; that is in
//! `recognize/`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kinds have in common; operators treat a family alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Ways to reach or look up a person.
    Contact,
    /// Cards, bank accounts and wallets.
    Account,
    /// Machines on a network.
    Network,
    /// Who somebody is by name.
    Person,
    /// Where somebody is.
    Place,
    /// Companies, parties, clubs.
    Organization,
    /// When somebody was born.
    Date,
    /// What opens something.
    Secret,
    /// Numbers that an authority gave.
    Identity,
    /// Vehicles.
    Vehicle,
}

/// Makes the enum and its tables from the rows, so that a kind stands in one place.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $family:ident $name:literal ($one:literal, $several:literal),)*) => {
        /// A kind of personal data. The order is the order of preference between findings that are otherwise equal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind, in the order of preference.
            pub const ALL: [Kind; [$($name),*].len()] = [$(Kind::$kind),*];

            /// The name in placeholders, JSON and tables, such as `CREDIT_CARD`.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),* }
            }

            /// What it is in words, for one and for several.
            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(Kind::$kind => ($one, $several)),* }
            }

            /// The family of the kind.
            pub fn family(self) -> Family {
                match self { $(Kind::$kind => Family::$family),* }
            }
        }
    };
}

kinds! {
    /// A mail address, also written in words (`anna at firma dot de`).
    Email Contact "EMAIL" ("mail address", "mail addresses"),
    /// A telephone number, with its extension when one is written.
    Phone Contact "PHONE" ("telephone number", "telephone numbers"),
    /// A payment card number with a right check digit.
    CreditCard Account "CREDIT_CARD" ("card number", "card numbers"),
    /// An international bank account number with right check digits.
    Iban Account "IBAN" ("bank account", "bank accounts"),
    /// An IPv4 or IPv6 address outside the ranges reserved for documentation and loopback.
    IpAddress Network "IP_ADDRESS" ("network address", "network addresses"),
    /// A URL. One that names a user (credentials before the host, a user in the query) is sure; a plain link scores below
    /// [`SURE`](crate::SURE) and is left in texts.
    Url Contact "URL" ("link to a person", "links to a person"),
    /// A handle on some platform, `@name` or `@name@host`.
    Handle Contact "HANDLE" ("handle", "handles"),
    /// The address of a person's page on a platform.
    ProfileUrl Contact "PROFILE_URL" ("link to a profile", "links to a profile"),
    /// A form of address before a name, `Dr.`, or what somebody does, where a letterhead says it. It scores below
    /// [`SURE`](crate::SURE) and is left in texts.
    Title Person "TITLE" ("form of address", "forms of address"),
    /// A nationality, people or religion. It scores below [`SURE`](crate::SURE) and is left in texts; statements about a person that reveal
    /// them are another matter, see the special categories.
    Nationality Person "NATIONALITY" ("nationality", "nationalities"),
    /// The name of a person.
    Person Person "PERSON" ("name", "names"),
    /// The name of a place. It scores below [`SURE`](crate::SURE) and is left in texts, unless [`Names`](crate::Names) says otherwise.
    Location Place "LOCATION" ("place", "places"),
    /// The name of a company, party or club; treated as places are.
    Organization Organization "ORGANIZATION" ("organization", "organizations"),
    /// The hardware address of a network device.
    MacAddress Network "MAC_ADDRESS" ("device address", "device addresses"),
    /// The number of a mobile device (IMEI).
    Imei Network "IMEI" ("device number", "device numbers"),
    /// Latitude and longitude.
    Coordinates Place "COORDINATES" ("place on a map", "places on a map"),
    /// A street with a house number, or a post office box.
    StreetAddress Place "STREET_ADDRESS" ("street address", "street addresses"),
    /// A postal code.
    PostalCode Place "POSTAL_CODE" ("postal code", "postal codes"),
    /// A date that a word calls a birthday.
    DateOfBirth Date "DATE_OF_BIRTH" ("date of birth", "dates of birth"),
    /// A date or a year that no word calls a birthday. It scores below [`SURE`](crate::SURE) and is left in texts.
    DateTime Date "DATE_TIME" ("date", "dates"),
    /// How old somebody is.
    Age Date "AGE" ("age", "ages"),
    /// A bank identifier (BIC, SWIFT) that a word announces.
    Bic Account "BIC" ("bank code", "bank codes"),
    /// A national bank account number that a word announces, or a British sort code.
    BankAccount Account "BANK_ACCOUNT" ("bank account", "bank accounts"),
    /// A routing number of a bank in the United States (ABA).
    UsRouting Account "US_ROUTING" ("bank code", "bank codes"),
    /// The address of a crypto wallet with a right checksum.
    Crypto Account "CRYPTO" ("crypto address", "crypto addresses"),
    /// A password, key or token.
    Secret Secret "SECRET" ("secret", "secrets"),
    /// A passport number that a word announces.
    Passport Identity "PASSPORT" ("passport number", "passport numbers"),
    /// The number of a driving licence.
    DriverLicense Identity "DRIVER_LICENSE" ("licence number", "licence numbers"),
    /// A number under which an institution keeps somebody (a patient, student, employee, customer, member), or that of an identity card
    /// of a country without a kind of its own, that a word announces.
    IdNumber Identity "ID_NUMBER" ("identity number", "identity numbers"),
    /// A vehicle identification number.
    Vin Vehicle "VIN" ("vehicle number", "vehicle numbers"),
    /// A license plate that a word announces.
    LicensePlate Vehicle "LICENSE_PLATE" ("license plate", "license plates"),
    /// Social security number, United States.
    UsSsn Identity "US_SSN" ("identity number", "identity numbers"),
    /// Individual taxpayer identification number, United States.
    UsItin Identity "US_ITIN" ("identity number", "identity numbers"),
    /// Employer identification number, United States.
    UsEin Identity "US_EIN" ("identity number", "identity numbers"),
    /// National provider identifier of health care, United States.
    UsNpi Identity "US_NPI" ("identity number", "identity numbers"),
    /// Medicare beneficiary identifier, United States.
    UsMbi Identity "US_MBI" ("identity number", "identity numbers"),
    /// Social insurance number, Canada.
    CaSin Identity "CA_SIN" ("identity number", "identity numbers"),
    /// National insurance number, United Kingdom.
    UkNino Identity "UK_NINO" ("identity number", "identity numbers"),
    /// Number of the National Health Service, United Kingdom.
    UkNhs Identity "UK_NHS" ("identity number", "identity numbers"),
    /// Unique taxpayer reference, United Kingdom.
    UkUtr Identity "UK_UTR" ("identity number", "identity numbers"),
    /// Personal public service number, Ireland.
    IePps Identity "IE_PPS" ("identity number", "identity numbers"),
    /// Tax identification number (Steuer-ID) or tax number (Steuernummer), Germany.
    DeTaxId Identity "DE_TAX_ID" ("identity number", "identity numbers"),
    /// Pension insurance number, Germany.
    DeSocialSecurity Identity "DE_SOCIAL_SECURITY" ("identity number", "identity numbers"),
    /// Number of an identity card, Germany.
    DeIdCard Identity "DE_ID_CARD" ("identity number", "identity numbers"),
    /// Health insurance number, Germany.
    DeHealthInsurance Identity "DE_HEALTH_INSURANCE" ("identity number", "identity numbers"),
    /// Social security number (NIR), France.
    FrNir Identity "FR_NIR" ("identity number", "identity numbers"),
    /// Number of an enterprise (SIREN), France.
    FrSiren Identity "FR_SIREN" ("identity number", "identity numbers"),
    /// Number of an establishment (SIRET), France.
    FrSiret Identity "FR_SIRET" ("identity number", "identity numbers"),
    /// Tax number of a person (NIF, DNI), Spain.
    EsNif Identity "ES_NIF" ("identity number", "identity numbers"),
    /// Number of a foreigner (NIE), Spain.
    EsNie Identity "ES_NIE" ("identity number", "identity numbers"),
    /// Tax number of a company (CIF), Spain.
    EsCif Identity "ES_CIF" ("identity number", "identity numbers"),
    /// Tax code (codice fiscale), Italy.
    ItFiscalCode Identity "IT_FISCAL_CODE" ("identity number", "identity numbers"),
    /// VAT number (partita IVA), Italy.
    ItVat Identity "IT_VAT" ("identity number", "identity numbers"),
    /// Citizen service number (BSN), Netherlands.
    NlBsn Identity "NL_BSN" ("identity number", "identity numbers"),
    /// National register number, Belgium.
    BeNationalNumber Identity "BE_NATIONAL_NUMBER" ("identity number", "identity numbers"),
    /// National number (PESEL), Poland.
    PlPesel Identity "PL_PESEL" ("identity number", "identity numbers"),
    /// Tax number (NIP), Poland.
    PlNip Identity "PL_NIP" ("identity number", "identity numbers"),
    /// Number of a business (REGON), Poland.
    PlRegon Identity "PL_REGON" ("identity number", "identity numbers"),
    /// Personal number, Sweden.
    SePersonnummer Identity "SE_PERSONNUMMER" ("identity number", "identity numbers"),
    /// National number, Norway.
    NoFodselsnummer Identity "NO_FODSELSNUMMER" ("identity number", "identity numbers"),
    /// Personal number (CPR), Denmark.
    DkCpr Identity "DK_CPR" ("identity number", "identity numbers"),
    /// Personal identity code, Finland.
    FiHetu Identity "FI_HETU" ("identity number", "identity numbers"),
    /// Tax number (NIF), Portugal.
    PtNif Identity "PT_NIF" ("identity number", "identity numbers"),
    /// Birth number, Czechia and Slovakia.
    CzBirthNumber Identity "CZ_BIRTH_NUMBER" ("identity number", "identity numbers"),
    /// Personal number (CNP), Romania.
    RoCnp Identity "RO_CNP" ("identity number", "identity numbers"),
    /// Social security number (TAJ), Hungary.
    HuTaj Identity "HU_TAJ" ("identity number", "identity numbers"),
    /// Citizen number (EGN), Bulgaria.
    BgEgn Identity "BG_EGN" ("identity number", "identity numbers"),
    /// Social security number (AMKA), Greece.
    GrAmka Identity "GR_AMKA" ("identity number", "identity numbers"),
    /// Social insurance number, Austria.
    AtSvnr Identity "AT_SVNR" ("identity number", "identity numbers"),
    /// Social insurance number (AHV, AVS), Switzerland.
    ChAhv Identity "CH_AHV" ("identity number", "identity numbers"),
    /// VAT number of a country of the European Union.
    EuVat Identity "EU_VAT" ("identity number", "identity numbers"),
    /// Tax number of a person (CPF), Brazil.
    BrCpf Identity "BR_CPF" ("identity number", "identity numbers"),
    /// Tax number of a company (CNPJ), Brazil.
    BrCnpj Identity "BR_CNPJ" ("identity number", "identity numbers"),
    /// Population code (CURP), Mexico.
    MxCurp Identity "MX_CURP" ("identity number", "identity numbers"),
    /// Tax number (RFC), Mexico.
    MxRfc Identity "MX_RFC" ("identity number", "identity numbers"),
    /// Tax number (CUIT, CUIL), Argentina.
    ArCuit Identity "AR_CUIT" ("identity number", "identity numbers"),
    /// National number (RUT), Chile.
    ClRut Identity "CL_RUT" ("identity number", "identity numbers"),
    /// Tax number (NIT), Colombia.
    CoNit Identity "CO_NIT" ("identity number", "identity numbers"),
    /// Identity number (Aadhaar), India.
    InAadhaar Identity "IN_AADHAAR" ("identity number", "identity numbers"),
    /// Tax number (PAN), India.
    InPan Identity "IN_PAN" ("identity number", "identity numbers"),
    /// Number of the goods and services tax, India.
    InGstin Identity "IN_GSTIN" ("identity number", "identity numbers"),
    /// Tax file number, Australia.
    AuTfn Identity "AU_TFN" ("identity number", "identity numbers"),
    /// Medicare number, Australia.
    AuMedicare Identity "AU_MEDICARE" ("identity number", "identity numbers"),
    /// Business number, Australia.
    AuAbn Identity "AU_ABN" ("identity number", "identity numbers"),
    /// Tax number (IRD), New Zealand.
    NzIrd Identity "NZ_IRD" ("identity number", "identity numbers"),
    /// Identity number, South Africa.
    ZaId Identity "ZA_ID" ("identity number", "identity numbers"),
    /// Identity number (NRIC, FIN), Singapore.
    SgNric Identity "SG_NRIC" ("identity number", "identity numbers"),
    /// Individual number (My Number), Japan.
    JpMyNumber Identity "JP_MY_NUMBER" ("identity number", "identity numbers"),
    /// Resident registration number, South Korea.
    KrRrn Identity "KR_RRN" ("identity number", "identity numbers"),
    /// Resident identity number, China.
    CnResidentId Identity "CN_RESIDENT_ID" ("identity number", "identity numbers"),
    /// Identity card number, Hong Kong.
    HkId Identity "HK_ID" ("identity number", "identity numbers"),
    /// Identity number, Turkey.
    TrTckn Identity "TR_TCKN" ("identity number", "identity numbers"),
    /// Identity number, Israel.
    IlId Identity "IL_ID" ("identity number", "identity numbers"),
    /// Identity number, Thailand.
    ThId Identity "TH_ID" ("identity number", "identity numbers"),
    /// Identity number, Taiwan.
    TwId Identity "TW_ID" ("identity number", "identity numbers"),
}

impl Kind {
    /// The kind of that name, as [`Kind::name`] writes it.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_json_and_back() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
    }
}
