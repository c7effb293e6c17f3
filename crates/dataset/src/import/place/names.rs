//! The lists behind `place`: other names of countries, codes, states and cities. A name that could be two places stands
//! in `AMBIGUOUS` or not at all.

/// Other English and native names of countries, in lower case, with the code.
#[rustfmt::skip]
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("united states of america", "US"), ("usa", "US"), ("u.s.a", "US"), ("u.s", "US"), ("uk", "GB"), ("u.k", "GB"), ("estados unidos", "US"),
    ("great britain", "GB"), ("england", "GB"), ("scotland", "GB"), ("wales", "GB"), ("northern ireland", "GB"),
    ("republic of ireland", "IE"), ("éire", "IE"), ("deutschland", "DE"), ("österreich", "AT"), ("schweiz", "CH"),
    ("suisse", "CH"), ("svizzera", "CH"), ("holland", "NL"), ("nederland", "NL"), ("belgië", "BE"), ("belgique", "BE"),
    ("españa", "ES"), ("catalunya", "ES"), ("italia", "IT"), ("polska", "PL"), ("czech republic", "CZ"),
    ("česká republika", "CZ"), ("česko", "CZ"), ("slovensko", "SK"), ("slovak republic", "SK"), ("slovenija", "SI"),
    ("hrvatska", "HR"), ("srbija", "RS"), ("србија", "RS"), ("bosna i hercegovina", "BA"), ("bosnia", "BA"),
    ("magyarország", "HU"), ("românia", "RO"), ("българия", "BG"), ("ελλάδα", "GR"), ("hellas", "GR"),
    ("κύπρος", "CY"), ("danmark", "DK"), ("norge", "NO"), ("noreg", "NO"), ("sverige", "SE"), ("suomi", "FI"),
    ("ísland", "IS"), ("eesti", "EE"), ("latvija", "LV"), ("lietuva", "LT"), ("lëtzebuerg", "LU"),
    ("turkey", "TR"), ("turkiye", "TR"), ("russia", "RU"), ("россия", "RU"), ("україна", "UA"), ("беларусь", "BY"),
    ("republic of moldova", "MD"), ("republic of moldavia", "MD"), ("sakartvelo", "GE"), ("საქართველო", "GE"),
    ("republic of georgia", "GE"), ("հայաստան", "AM"), ("azərbaycan", "AZ"), ("қазақстан", "KZ"), ("казахстан", "KZ"),
    ("shqipëri", "AL"), ("shqipëria", "AL"), ("crna gora", "ME"), ("north macedonia", "MK"),
    ("vatican city", "VA"), ("vatican", "VA"), ("brasil", "BR"), ("méxico", "MX"), ("perú", "PE"), ("panamá", "PA"),
    ("república dominicana", "DO"), ("venezuela", "VE"), ("bolivia", "BO"), ("trinidad", "TT"),
    ("trinidad & tobago", "TT"), ("maroc", "MA"), ("المغرب", "MA"), ("algérie", "DZ"), ("الجزائر", "DZ"),
    ("tunisie", "TN"), ("تونس", "TN"), ("مصر", "EG"), ("المملكة العربية السعودية", "SA"), ("السعودية", "SA"),
    ("الإمارات", "AE"), ("emirates", "AE"), ("لبنان", "LB"), ("الأردن", "JO"), ("العراق", "IQ"), ("قطر", "QA"),
    ("kingdom of saudi arabia", "SA"), ("ایران", "IR"), ("پاکستان", "PK"), ("ישראל", "IL"), ("भारत", "IN"),
    ("bharat", "IN"), ("বাংলাদেশ", "BD"), ("ශ්‍රී ලංකාව", "LK"), ("नेपाल", "NP"), ("中国", "CN"), ("中國", "CN"),
    ("p.r. china", "CN"), ("pr china", "CN"), ("people's republic of china", "CN"), ("mainland china", "CN"),
    ("hong kong", "HK"), ("hong kong sar", "HK"), ("香港", "HK"), ("macau", "MO"), ("台灣", "TW"), ("台湾", "TW"),
    ("taiwan, roc", "TW"), ("日本", "JP"), ("nippon", "JP"), ("대한민국", "KR"), ("한국", "KR"),
    ("republic of korea", "KR"), ("s. korea", "KR"), ("việt nam", "VN"), ("viet nam", "VN"), ("ประเทศไทย", "TH"),
    ("ไทย", "TH"), ("pilipinas", "PH"), ("burma", "MM"), ("brunei", "BN"),
    ("east timor", "TL"), ("republic of singapore", "SG"), ("aotearoa", "NZ"), ("ivory coast", "CI"),
    ("cote d'ivoire", "CI"), ("côte d’ivoire", "CI"), ("cape verde", "CV"), ("swaziland", "SZ"),
    ("democratic republic of the congo", "CD"), ("dr congo", "CD"), ("drc", "CD"), ("republic of the congo", "CG"),
    ("sénégal", "SN"), ("cameroun", "CM"), ("moçambique", "MZ"), ("south-africa", "ZA"),
    ("rsa", "ZA"), ("suid-afrika", "ZA"), ("curacao", "CW"), ("reunion", "RE"), ("aland islands", "AX"), ("åland", "AX"),
];

/// Names that stand for more than one place.
#[rustfmt::skip]
pub(super) const AMBIGUOUS: &[&str] = &["georgia", "congo", "jersey", "korea", "macedonia", "samoa", "saint martin"];

/// Words that tell of a place without living there.
#[rustfmt::skip]
pub(super) const TELLING: &[&str] = &[
    "born", "from", "formerly", "former", "originally", "origin", "ex", "moving", "moved", "soon", "not", "near", "raised",
    "between", "outside", "fictional", "sometimes", "traveling", "travelling", "and", "previously", "currently",
];

/// Full names of states of the USA that are nothing else, in lower case.
#[rustfmt::skip]
pub(super) const STATES: &[&str] = &[
    "alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut", "delaware", "florida", "hawaii",
    "idaho", "illinois", "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine", "maryland", "massachusetts",
    "michigan", "minnesota", "mississippi", "missouri", "montana", "nebraska", "nevada", "new hampshire", "new jersey",
    "new mexico", "new york", "north carolina", "north dakota", "ohio", "oklahoma", "oregon", "pennsylvania", "rhode island",
    "south carolina", "south dakota", "tennessee", "texas", "utah", "vermont", "virginia", "west virginia", "wisconsin",
    "wyoming",
];

/// Codes of the states and the district of the USA.
#[rustfmt::skip]
pub(super) const STATE_CODES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
    "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
];

/// Codes of provinces of Canada that are no country's and no state's.
#[rustfmt::skip]
pub(super) const PROVINCES: &[&str] = &["ON", "QC", "AB", "MB"];

/// Cities with the code of their state, where the code is a country's too.
#[rustfmt::skip]
pub(super) const US_CITIES: &[(&str, &str)] = &[
    ("san francisco", "CA"), ("los angeles", "CA"), ("san diego", "CA"), ("san jose", "CA"), ("oakland", "CA"),
    ("berkeley", "CA"), ("palo alto", "CA"), ("mountain view", "CA"), ("sunnyvale", "CA"), ("santa clara", "CA"),
    ("santa barbara", "CA"), ("santa cruz", "CA"), ("santa monica", "CA"), ("sacramento", "CA"), ("pasadena", "CA"),
    ("irvine", "CA"), ("menlo park", "CA"), ("cupertino", "CA"), ("redwood city", "CA"), ("stanford", "CA"),
    ("fremont", "CA"), ("long beach", "CA"), ("fresno", "CA"), ("denver", "CO"), ("boulder", "CO"),
    ("colorado springs", "CO"), ("fort collins", "CO"), ("atlanta", "GA"), ("savannah", "GA"), ("boise", "ID"),
    ("chicago", "IL"), ("champaign", "IL"), ("urbana", "IL"), ("evanston", "IL"), ("naperville", "IL"),
    ("indianapolis", "IN"), ("bloomington", "IN"), ("west lafayette", "IN"), ("louisville", "KY"), ("lexington", "KY"),
    ("new orleans", "LA"), ("baton rouge", "LA"), ("boston", "MA"), ("cambridge", "MA"), ("somerville", "MA"),
    ("worcester", "MA"), ("amherst", "MA"), ("baltimore", "MD"), ("bethesda", "MD"), ("college park", "MD"),
    ("rockville", "MD"), ("minneapolis", "MN"), ("st. paul", "MN"), ("st. louis", "MO"), ("kansas city", "MO"),
    ("charlotte", "NC"), ("raleigh", "NC"), ("durham", "NC"), ("chapel hill", "NC"), ("omaha", "NE"),
    ("philadelphia", "PA"), ("pittsburgh", "PA"), ("nashville", "TN"), ("memphis", "TN"), ("knoxville", "TN"),
    ("arlington", "VA"), ("richmond", "VA"), ("charlottesville", "VA"), ("phoenix", "AZ"), ("tucson", "AZ"),
    ("tempe", "AZ"), ("scottsdale", "AZ"), ("little rock", "AR"), ("huntsville", "AL"), ("birmingham", "AL"),
    ("wilmington", "DE"), ("charleston", "SC"), ("columbia", "SC"), ("billings", "MT"), ("bozeman", "MT"),
];

/// Three-letter codes that are clear when they stand alone.
#[rustfmt::skip]
pub(super) const ALPHA3: &[(&str, &str)] = &[
    ("USA", "US"), ("GBR", "GB"), ("DEU", "DE"), ("FRA", "FR"), ("ITA", "IT"), ("ESP", "ES"), ("PRT", "PT"), ("NLD", "NL"),
    ("BEL", "BE"), ("LUX", "LU"), ("AUT", "AT"), ("CHE", "CH"), ("LIE", "LI"), ("DNK", "DK"), ("SWE", "SE"), ("NOR", "NO"),
    ("FIN", "FI"), ("ISL", "IS"), ("IRL", "IE"), ("POL", "PL"), ("CZE", "CZ"), ("SVK", "SK"), ("SVN", "SI"), ("HRV", "HR"),
    ("HUN", "HU"), ("ROU", "RO"), ("BGR", "BG"), ("GRC", "GR"), ("CYP", "CY"), ("MLT", "MT"), ("EST", "EE"), ("LVA", "LV"),
    ("LTU", "LT"), ("UKR", "UA"), ("TUR", "TR"), ("RUS", "RU"), ("CAN", "CA"), ("MEX", "MX"), ("BRA", "BR"), ("ARG", "AR"),
    ("CHL", "CL"), ("COL", "CO"), ("PER", "PE"), ("IND", "IN"), ("PAK", "PK"), ("BGD", "BD"), ("LKA", "LK"), ("NPL", "NP"),
    ("CHN", "CN"), ("JPN", "JP"), ("KOR", "KR"), ("TWN", "TW"), ("HKG", "HK"), ("SGP", "SG"), ("MYS", "MY"), ("IDN", "ID"),
    ("PHL", "PH"), ("THA", "TH"), ("VNM", "VN"), ("AUS", "AU"), ("NZL", "NZ"), ("ZAF", "ZA"), ("NGA", "NG"), ("KEN", "KE"),
    ("GHA", "GH"), ("EGY", "EG"), ("MAR", "MA"), ("DZA", "DZ"), ("TUN", "TN"), ("ISR", "IL"), ("SAU", "SA"), ("ARE", "AE"),
    ("UAE", "AE"), ("QAT", "QA"),
];
