//! The words by which addresses are known, in lower case and sorted: words for street by language and by where they stand, units of houses,
//! places that end an address. From the publications of the postal services (USPS Publication 28, Royal Mail, Deutsche Post, La Poste,
//! Correos, Poste Italiane, PostNL, PostNord, Posti, Magyar Posta) and the Universal Postal Union's address guides. Data only.

use crate::recognize::list::List;

/// Last words of a street after its number: `12 Main Street`.
pub(super) static LAST: List = List::new(
    "allee alley av ave avenue avenues blvd boulevard broadway bvd causeway cir circle close court courts cres crescent ct \
     cul-de-sac dr drive drives esplanade expressway expy freeway fwy gardens gasse gdns grove heights highway hwy laan lane lanes \
     ln mews motorway parkway pkwy pl place platz plaza promenade rd road roads sq square squares st str straat strasse straße \
     street streets tce terrace tpke trail turnpike walk way weg",
);
/// Streets of one word after a number: `1600 Broadway`.
pub(super) static ALONE_AFTER: List = List::new("bowery broadway embarcadero strand");
/// First words of a street after its number, followed by its name: `12 rue de Rivoli`.
pub(super) static FIRST_AFTER: List = List::new(
    "allee allée avenue bd boulevard chemin cours faubourg impasse passage place quai route rue sentier square venelle",
);
/// First words of a street before its number: `Via Roma 12`. Without the dot of an abbreviation.
pub(super) static FIRST_BEFORE: List = List::new(
    "al. alameda aleea aleja allée av. avda avenida avenue bd bd. boulevard bulevar bulevardul c.so c/ calea calle callejón camino \
     carrer carretera chaussée chemin contrada corso ctra. estrada glorieta jalan jl. largo lungomare lungotevere os. osiedle p.zza \
     paseo piazza piazzale pl. plac plaza praça pza quai rambla rodovia rruga rua rue rúa str. strada travessa travesía trg ul ul. \
     ulica ulitsa v.le via viale vicolo șoseaua λεωφόρος οδός πλατεία бульвар вул. вулиця пер. переулок площадь пр. проспект ул. \
     улица шоссе",
);
/// Endings of a street's last word before its number: `Hauptstraße 12`. The word is longer than its ending.
pub(super) static ENDINGS: List = List::new(
    "allee allé alléen alėja backen bakken braut brücke bulvarı bundesstrasse caddesi chaussee damm dijk dreef gade gasse gata \
     gatan gate gaten gatvė graben gracht gränd gränden gässli gården götu iela kade katu kuja körút laan maantee mõis nábřeží \
     námestie náměstí penger plads platz plein polku promenade puiestee puisto ranta ring rinne singel sokak sokağı steeg steig \
     stieg stien stigen str. straat strasse straße stræde stræti tere tie torg torget tori torv tänav tér třída ufer ulice utca veg \
     vegen vegur vei veien vej väg vägen vænget weg útja πλατεία",
);
/// Words for street that stand alone before the number: `Rákóczi út 7`.
pub(super) static ALONE_BEFORE: List = List::new(
    "bulvāris cad. caddesi fasor gata gate gatvė iela katu krt. körút köz laan mah. mnt nám. náměstí plein pst rakpart sk. sok. \
     sokak sor str. straat strasse straße sétány tee tere tänav tér u. ulice utca veg vei veien út útja",
);
/// Words of the language that end like a street.
pub(super) static NOT_STREETS: List = List::new(
    "abstieg aggregate anstieg arbeitsplatz arbeitsweg auditori aufstieg ausweg bahnsteig brigade bring christie colgate congregate \
     corinne damm delegate during einstieg floodgate gate interstate investigate irrigate kade katie käufer laufer litigate läufer \
     lösungsweg mitigate navigate necktie parkplatz propagate quaranta renegade ring rückweg segregate sitzplatz spring stammbaum \
     startplatz stellplatz stieg stirring string studienplatz supermarkt surrogate tailgate tie umweg unterweg untie verkäufer \
     watergate weg",
);
/// Words for a part of a house before its number: `Apt. 3`. Without the dot of an abbreviation.
pub(crate) static UNITS: List = List::new(
    "# кв apartamento apartment appartement apt apto bldg building departamento depto dpto escalier fl flat floor interno kv lgh lok \
     lot mieszkanie penthouse ph piso puerta rm room spc ste stiege suite trailer trlr unit whg wohnung étage квартира оф офис",
);
/// Last words of the names of countries, states and provinces, which end an address.
pub(super) static ENDS: List = List::new(
    "afghanistan africa alabama alaska albania alberta algeria andorra angola arabia argentina arizona arkansas armenia australia \
     austria azerbaijan bahamas bahrain bangladesh barbados belarus belgium belize benin bhutan bolivia botswana brasil brazil \
     brunei brunswick bulgaria california cambodia cameroon canada carolina chad chile china colombia colorado congo connecticut \
     croatia cuba cyprus czechia dakota danmark delaware denmark deutschland ecuador eesti egypt emirates england españa estonia \
     ethiopia fiji finland florida france frankreich gabon gambia georgia germany ghana greece greenland guatemala guinea guyana \
     haiti hampshire hawaii herzegovina honduras hungary iceland idaho illinois india indiana indonesia iowa iran iraq ireland \
     israel italia italien italy jamaica japan jersey jordan kansas kazakhstan kentucky kenya kingdom korea kuwait kyrgyzstan lanka \
     laos latvia lebanon lesotho liberia libya liechtenstein lithuania louisiana luxembourg macedonia madagascar magyarország maine \
     malawi malaysia maldives mali malta manitoba maryland massachusetts mauritius mexico michigan minnesota mississippi missouri \
     moldova monaco mongolia montana montenegro morocco mozambique méxico namibia nebraska nederland nepal netherlands nevada \
     newfoundland nicaragua niger nigeria norge norway ohio oklahoma oman ontario oregon pakistan panama paraguay pennsylvania peru \
     philippines poland polska portugal qatar quebec queensland québec republic rica romania românia russia rwanda salvador \
     saskatchewan schweiz scotland senegal serbia seychelles singapore slovakia slovenia somalia spain spanien states sudan suisse \
     suomi suriname sverige svizzera sweden switzerland syria taiwan tajikistan tanzania tasmania tennessee texas thailand togo \
     tunisia turkey turkmenistan türkiye uganda uk ukraine uruguay usa utah uzbekistan vanuatu venezuela vermont victoria vietnam \
     virginia wales wisconsin wyoming yemen zambia zealand zimbabwe ísland österreich",
);
/// Capitalized words after an address that begin something else.
pub(crate) static NOT_PLACES: List = List::new(
    "and call cell contact date dear desk e-mail email fax fon from handy he hi hours i it mail mobile my office open or our phone \
     please re she subject tel telefon telephone thanks that the they this to we web website you your",
);
/// Small words inside the names of cities, in some ten languages.
pub(crate) static SMALL_WORDS: List = List::new(
    "am an auf bei da das de del della den der des di do dos du el en im in la las le les los na nad ob od on op pod sous sul sur the u \
     under upon v van ve von y z",
);
/// Those that are also written small in the middle of a line.
pub(super) static LOWER_FIRST: List =
    List::new("al. c/ calle carrer jl. os. pl. rua rue rúa str. ul ul. ulica вул. вулиця ул. улица");
/// Words before `drive` or `Dr` that make it no street.
pub(super) static NOT_DRIVES: List =
    List::new("am cd disk dvd flash gb google hard kb mb optical pm ssd tape tb test usb");

/// Words for street that stand alone after an adjective in `-er`: `Potsdamer Platz 1`.
pub(super) static AFTER_ER: List = List::new("allee chaussee damm markt platz ring steig tor ufer weg");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_lower_case_and_without_doubles() {
        let lists = [
            &AFTER_ER,
            &LAST,
            &ALONE_AFTER,
            &FIRST_AFTER,
            &FIRST_BEFORE,
            &ENDINGS,
            &ALONE_BEFORE,
            &NOT_STREETS,
            &UNITS,
            &ENDS,
            &NOT_PLACES,
            &LOWER_FIRST,
            &NOT_DRIVES,
        ];
        for list in lists {
            assert!(list.words().windows(2).all(|pair| pair[0] < pair[1]), "{:?}", list.words());
            assert!(list.words().iter().all(|word| *word == word.to_lowercase() && word.len() <= 40));
        }
        assert!(LAST.has("STREET") && ENDS.has("Québec") && !LAST.has("Streetcar"));
    }
}
