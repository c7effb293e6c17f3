//! The words by which addresses are known, in lower case and sorted: words for street by language and by where they stand, units of houses,
//! places that end an address. From the publications of the postal services (USPS Publication 28, Royal Mail, Deutsche Post, La Poste,
//! Correos, Poste Italiane, PostNL, PostNord, Posti, Magyar Posta) and the Universal Postal Union's address guides. Data only.

use crate::recognize::list::List;

/// Last words of a street after its number: `12 Main Street`.
pub(super) static LAST: List = List::new(
    "allee alley annex arcade av ave avenue avenues bagh bayou bend bluff bluffs blvd bottom boul boulevard branch bridge broadway \
     brook brooks bvd bypass camp canyon causeway center centre chowk cir circle circles circuit cirs cliff cliffs close colony \
     common commons copse corner corners course court courts cove coves creek cres crescent crest croft cross crossing crossings \
     crossroad crossroads crossway ct cul-de-sac curve cutting dale dam downs dr drive drives enclave end esp esplanade estate \
     estates expressway expy extension falls ferry field fields firs fold ford forest forge forges fork forks fort freeway fwy gali \
     ganj garden gardens gasse gate gates gateway gdns glen green greens grn grove harbor harbors harbour haven heath heights \
     highroad highway hill hills hollow hway hwy inlet island islands isle junction junctions knoll knolls laan lake lakes landing \
     lane lanes layout ln lock locks lodge lookout loop mall manor manors marg meadow meadows mews mill mills mission mohalla \
     motorway mount mountain nagar neck nook orchard oval overpass parade park parks parkway parkways pass passage path paths \
     pathway pde pike pine pines pkwy pl place plain plains platz plaza point points prairie promenade puram quay quays radial \
     ramble ranch rapid rapids rd rdg ridge ridges rise river road roads roadside row run shoal shoals shore shores skyway spring \
     springs spur spurs sq square squares st stairs station steps str straat strand strasse stravenue straße stream street streets \
     summit tce terrace terraces throughway tor tpke trace track trafficway trail tunnel turn turnpike vale valley valleys viaduct \
     view viewpoint views vihar village villages ville vista vw walk walks way ways weg well wells wharf wood woods wynd",
);
/// Those of them that also end other names: believed only after a long number, beside a unit or a postal code with its city, or when they
/// fill a whole field.
pub(super) static DOUBTFUL_LAST: List = List::new(
    "annex arcade bagh bayou bend bluff bluffs bottom branch bridge brook brooks bypass camp canyon center centre chowk circles \
     circuit cliff cliffs colony common commons copse corner corners course cove coves creek crest cross crossroad crossroads curve \
     cutting dale dam downs enclave end estate estates extension falls ferry field fields firs fold ford forest forge forges fork \
     forks fort gali ganj garden gate gates gateway glen green greens harbor harbors harbour haven heath hill hills hollow inlet \
     island islands isle junction junctions knoll knolls lake lakes landing layout lock locks lodge lookout loop mall manor manors \
     meadow meadows mill mills mission mohalla mount mountain nagar neck nook orchard oval overpass parade park parks parkways pass \
     passage path paths pathway pike pine pines plain plains point points prairie puram radial ramble ranch rapid rapids ridge \
     ridges rise river roadside run shoal shoals shore shores spring springs spur spurs stairs station steps strand stream summit \
     terraces tor trace track tunnel turn vale valley valleys viaduct view viewpoint views vihar village villages ville vista vw \
     walks ways well wells wood woods",
);
/// Streets of one word after a number: `1600 Broadway`.
pub(super) static ALONE_AFTER: List = List::new("bowery broadway embarcadero strand");
/// First words of a street after its number, followed by its name: `12 rue de Rivoli`.
pub(super) static FIRST_AFTER: List = List::new(
    "allee allé allée av avenue bd blvd boul boulevard chaussée chemin cité cours esplanade faubourg hameau impasse lotissement \
     montée passage place promenade quai rang route rue ruelle résidence sente sentier square traverse venelle villa voie",
);
/// First words of a street before its number: `Via Roma 12`. Without the dot of an abbreviation.
pub(super) static FIRST_BEFORE: List = List::new(
    "al. alameda aleea aleja allee allé allée andador av av. avd avd. avda avda. avenida avenue avinguda b-dul b.go bd bd. beco blvd \
     blvd. borgo boul. boulevard bulev. bulevar bulevardul bulwar c.da c.so c/ calea calle callejón calzada camino carrer carretera \
     cerrada chaussée chemin circonvallazione circuito cl. cll. cno. condomínio conjunto contrada corredor corso costanilla cr. \
     cra. ctra ctra. cuesta dg. diag. diagonal drumul esplanada esplanade estrada fondamenta frazione fundatura fundătura glorieta \
     impasse incrocio intr. intrarea jalan jirón jl. kra. l.go ladeira largo lieu-dit loc. località lote loteamento lotissement \
     lungomare lungotevere nábrežie nábř. nábřeží nám. námestie náměstí obala os. osiedle p.le p.zza pas. pasaje pasajul paseo \
     passeig peatonal periférico piata piazza piazzale piața pje. pl. plac plaza plaça plza. praça prelungirea privada prolongación \
     pza pza. pº quadra quai rambla rbla. residencial retorno rodovia rond-point rondo rotonda rruga rua rue rúa salita sestiere \
     setor skwer sos. soseaua splaiul str. strada stretto szosa sídliště tr. transversal trav. traversa travessa travesía trg tř. \
     třída ul ul. ulica ulice ulitsa urb. urbanización v.le vereda via viaducto viale vico vicoletto vicolo viela voie zaułek \
     şoseaua šetalište șos. șoseaua λεωφόρος οδός πλατεία ав. ал. аллея б-р бул. бульвар вул. вулиця мкр. наб. набережна набережная \
     пер. переулок пл. площа площадь пр-кт пр-т пр. провулок проезд просп. проспект тупик узвіз ул. улица шосе шоссе",
);
/// Turkish abbreviations that are words elsewhere: a street only before a sign for number.
pub(super) static SIGNED_BEFORE: List = List::new("blv bul bulv cad cd mah mh sk sok");
/// Hungarian words for street, which also stand after a name in small letters.
pub(super) static HUNGARIAN: List = List::new("körút körútja lépcső rakpart sétány utca utcája út útja");
/// Endings of a street's last word before its number: `Hauptstraße 12`. The word is longer than its ending.
pub(super) static ENDINGS: List = List::new(
    "allee allé alléen alėja aukio baan backen bakken braut bråten brücke bulevardi bulvar bulvarı bundesstrasse burgwal caddesi \
     chaussee damm dijk dreef esplanaden faret gaarde gade gasse gata gatan gate gaten gatvė gjerdet graben gracht grenda gropa \
     gränd gränden gässli gången gården götu haugen holtet høgda højen iela jordet kaari kade kajen katu krogen kroken kuja kullen \
     kæret körút laan lunden løkka maantee mahallesi meydanı moen mõis nábřeží námestie náměstí penger plads plantsoen plassen \
     platz plein polku promenade puiestee puisto raitti ranta ring rinne rondellen singel sletta sokak sokağı steeg steig stieg \
     stien stigen str. straat strasse straße stræde stræti svingen tere tie toften torg torget tori torv tunet tänav tér třída ufer \
     ulice utca vangen veg vegen vegur vei veien vej väg vägen vænget weg åsen útja πλατεία",
);
/// Words for street that stand alone before the number: `Rákóczi út 7`.
pub(super) static ALONE_BEFORE: List = List::new(
    "allé alėja blv. bul. bulevardi bulv. bulvar bulvarı bulvāris cad. caddesi cd. dűlő fasor gata gatan gate gatvė iela kaari katu \
     krt. kuja körút köz laan lépcső mah. mahallesi meydanı mh. mnt nám. náměstí plads plein polku prospektas pst puistotie raitti \
     rakpart sk. sok. sokak sokağı sor str. straat strasse straße stræde sétány tanhua tee tere tie třída tänav tér u. ulice utca utcája \
     veg vei veien vägen út útja",
);
/// Words of the language that end like a street.
pub(super) static NOT_STREETS: List = List::new(
    "abstieg aggregate anstieg arbeitsplatz arbeitsweg auditori aufstieg ausweg bahnsteig brigade bring christie colgate congregate \
     corinne damm delegate during einstieg floodgate gate interstate investigate irrigate kade katie käufer laufer litigate läufer \
     lösungsweg mitigate moen navigate necktie parkplatz propagate quaranta renegade ring rückweg segregate sitzplatz spring \
     stammbaum startplatz stellplatz stieg stirring string studienplatz supermarkt surrogate tailgate tie umweg unterweg untie \
     verkäufer waren watergate weg",
);
/// Words for a part of a house before its number: `Apt. 3`. Without the dot of an abbreviation.
pub(crate) static UNITS: List = List::new(
    "# кв apartamento apartment appartement apt apto bldg building departamento depto dpto escalier fl flat floor interno kv lgh lok \
     lot mieszkanie penthouse ph piso puerta rm room spc ste stiege suite trailer trlr unit whg wohnung étage квартира оф офис",
);
/// Words for a part of a house that mean it only after a street: `Bl. 77 Sc. 6 Ap. 9`, `Kat: 2 Daire: 5`. Without dot or colon.
pub(super) static PARTS: List = List::new(
    "ajtó ap aptdo bj bl block blok bloco bloque byt bât bâtiment daire depart dept door edf edif edificio em emelet entrance esc escala \
     escalera et etaj etajul etasje int interior kamer kapı kat kl koridor korpus leilighet local lokal m nave nivel officina opg \
     pavilion piano piętro planta porta portal pta quadra residence rez sc scala scală scara studio szoba torre tower unidade vchod \
     wing étg кв корп корпус оф под подъезд секция стр эт этаж",
);
/// Words before the number of a flat, a plot or a house that stands before its street: `Flat 3, 12 Mill Mews`, `H.No. 5, Park Marg`.
pub(super) static LEADS: List = List::new(
    "apartment apt block bungalow d.no door flat h.no hno house lot maisonette plot room shop studio suite tower unit villa wing",
);
/// Parts of one letter: `D: 3`, `K:2`; only with their colon.
pub(super) static COLON_PARTS: List = List::new("b d k");
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
pub(super) static LOWER_FIRST: List = List::new(
    "al. alameda aleea aleja allé allée av. avda. avenida avenue bd boulevard bulevardul c.so c/ calea calle carrer chaussée chemin \
     corso drumul impasse intrarea jl. nábřeží nám. náměstí os. osiedle paseo piazza piazzale pl. plac plaza praça pza. quai rondo \
     rua rue rúa skwer soseaua str. strada szosa sídliště travessa tř. třída ul ul. ulica ulice ulitsa v.le viale vicolo zaułek \
     šetalište șoseaua λεωφόρος οδός πλατεία ав. ал. аллея б-р бул. бульвар вул. вулиця наб. набережна набережная пер. переулок пл. \
     площа площадь пр-кт пр-т пр. провулок проезд просп. проспект тупик узвіз ул. улица шосе шоссе",
);
/// Words before `drive` or `Dr` that make it no street.
pub(super) static NOT_DRIVES: List =
    List::new("am cd disk dvd flash gb google hard kb mb optical pm ssd tape tb test usb");

/// Names that a number follows in books, laws and medicine: `Nature 324, 870`.
pub(super) static NOT_NUMBERED: List = List::new(
    "article bp bverfge cell chapter fig figure hr issue lancet line nature no nr page room rr science section table vol volume",
);
/// Words for address, which may stand directly before one: `Adres Bağdat Caddesi 5`.
pub(super) static ADDRESSES: List = List::new(
    "address adres adresa adresim adress adresse adresă anschrift bydliště cím címem direccion dirección domicile domicilio \
     endereço gateadresse gatuadress indirizzo katuosoite lakcím lakcíme lieferadresse morada osoite residenza residence \
     street treffpunkt wohnanschrift διεύθυνση адрес адреса",
);
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
            &DOUBTFUL_LAST,
            &SIGNED_BEFORE,
            &HUNGARIAN,
            &ADDRESSES,
            &LEADS,
            &NOT_NUMBERED,
            &PARTS,
            &COLON_PARTS,
            &NOT_DRIVES,
        ];
        for list in lists {
            assert!(list.words().windows(2).all(|pair| pair[0] < pair[1]), "{:?}", list.words());
            assert!(list.words().iter().all(|word| *word == word.to_lowercase() && word.len() <= 40));
        }
        assert!(LAST.has("STREET") && ENDS.has("Québec") && !LAST.has("Streetcar"));
    }
}
