//! The words by which `cues.rs` knows names: what stands before or after people, places and companies, in English and partly in German,
//! French and Spanish. In lower case. Data only.

use crate::recognize::list::List;

/// Forms of address, with and without a period.
pub(super) static TITLES: List = List::new(
    "dr dr. frau herr herrn lady madame mademoiselle miss mister mlle mme mme. monsieur mr mr. mrs mrs. ms ms. prof prof. professor señor \
     señora sig. signor signora sir sr. sra.",
);
/// Who belongs to somebody, after `my` or `his`.
pub(super) static KIN: List = List::new(
    "aunt auntie boss boyfriend bro brother bruder buddy classmate colleague cousin coworker dad daughter father fiancé fiancée frau freund \
     freundin friend girlfriend grandad granddaughter grandfather grandma grandmother grandpa grandson hubby husband kid kollege kollegin \
     mate mom mother mum mutter neighbor neighbour nephew niece onkel partner roommate schwester sis sister sohn son stepfather \
     stepmother supervisor tante therapist tochter uncle vater wife",
);
/// Whose somebody is.
pub(super) static POSSESSIVES: List =
    List::new("dein deine her his ihr ihre mein meine my our sein seine their unser unsere your");
/// What comes before `name`.
pub(super) static SORTS_OF_NAME: List = List::new(
    "birth customer family first full her his last legal maiden married mein middle my new nick patient real second stage their your",
);
/// What is asked for by name.
pub(super) static NAME: List = List::new("forename name nachname nickname surname vorname");
/// Between `name` and the name.
pub(super) static IS: List = List::new("'s is ist lautet war was");
/// Before `me` and a name.
pub(super) static CALL: List = List::new("call called calls");
/// Who calls somebody by name.
pub(super) static CALLERS: List = List::new("all everybody everyone folks friends people they");
/// After a quotation and before who said it.
pub(super) static SAYING: List =
    List::new("added asked asks explained explains replied replies said says writes wrote");
/// How people are somewhere, or get there.
pub(super) static LIVING: List = List::new(
    "arrive arrived arrives arriving based born commute commuting drive driving drove fled flew flies fly flying grew headquartered live lived \
     lives living located move moved moves moving raised relocate relocated relocating reside resided resides residing return returned \
     returning returns settled stationed stay stayed staying stays studied travel traveled traveling travelled travelling travels",
);
/// Between that and a place.
pub(super) static TOWARDS: List = List::new("at from in near outside to");
/// Small words between a verb of living and its preposition.
pub(super) static BETWEEN: List = List::new("away back down here home out over there up");
/// Before `from`.
pub(super) static COMING: List = List::new("'m 're 's am are came come comes hail hails is originally was were");
/// Before `in`, of people.
pub(super) static HERE: List = List::new("'m 're am are");
/// Before `of` and the name of the place.
pub(super) static KINDS_OF_PLACE: List = List::new("city island municipality province suburb town village");
/// Before `for` or `at` and who employs somebody.
pub(super) static WORKING: List =
    List::new("employed intern interned internship job months position work worked working works year years");
/// What only companies and the like have or are.
pub(super) static COMPANYS: List =
    List::new("ceo cfo coo cto employee employees headquarters hq office offices spokesman spokesperson spokeswoman");
/// What somebody says a company is.
pub(super) static COMPANIES: List =
    List::new("agency bank company firm manufacturer non-profit nonprofit retailer start-up startup supplier");
/// What only people do, in stories and in news.
pub(super) static DOING: List = List::new(
    "answered asked cried laughed lived lives married murmured muttered nodded replied screamed shouted shrugged sighed smiled stammered wept \
     whispered yelled",
);
/// Before what people do for a living.
pub(super) static BEGINNING: List = List::new("began started");
/// What people do for a living.
pub(super) static CALLINGS: List =
    List::new("acting dancing painting playing singing studying teaching training working writing");
/// Before who is given something of theirs.
pub(super) static GIVING: List = List::new("gave give given gives handed lent offered sent showed told");
/// Whose it is that is given.
pub(super) static THEIRS: List = List::new("her his their");
/// Words of forms before a place.
pub(super) static PLACE_FIELDS: List = List::new("city location place town venue where");
/// Before who employs somebody.
pub(super) static EMPLOYERS: List = List::new("at for with");
/// Before `of` and a company.
pub(super) static OFFICES: List = List::new("address co-founder founder owner shareholder subsidiary");
/// What companies are by law, in some twenty countries. Without periods.
pub(super) static LEGAL: List =
    List::new("ag bv bvba corp gbr gmbh inc incorporated kft kg kgaa llc llp ltd nv oy oyj plc pty sarl spa srl ug");
/// The same where only periods tell them from words.
pub(super) static LEGAL_WITH_PERIODS: List = List::new("a.b. a.s. b.v. l.l.c. l.p. n.v. s.a. s.l. s.p.a. s.r.l.");
/// Words of forms, greetings, days and months: alone they are never names.
pub(super) static FIELDS: List = List::new(
    "account addr address age april attn august billing birthday cell city company contact country date dear december delivery dob email fax \
     february first friday from hello hey hi home invoice january july june last location mail march may mobile monday name note november \
     october office order organization phone position postcode re saturday sender september shipping state street subject sunday tel \
     telephone thursday title to tuesday website wednesday when where work zip",
);
/// Small words inside names of people.
pub(super) static INSIDE: List =
    List::new("al bin da das de del della den der di dos du el ibn la le ten ter van von zu");
/// Between people who are listed.
pub(super) static AND: List = List::new("& and et und y");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_lower_case_and_without_doubles() {
        let lists = [
            &TITLES,
            &KIN,
            &POSSESSIVES,
            &SORTS_OF_NAME,
            &NAME,
            &IS,
            &CALL,
            &CALLERS,
            &SAYING,
            &LIVING,
            &TOWARDS,
            &BETWEEN,
            &COMING,
            &HERE,
            &KINDS_OF_PLACE,
            &WORKING,
            &COMPANYS,
            &COMPANIES,
            &DOING,
            &BEGINNING,
            &CALLINGS,
            &GIVING,
            &THEIRS,
            &PLACE_FIELDS,
            &EMPLOYERS,
            &OFFICES,
            &LEGAL,
            &LEGAL_WITH_PERIODS,
            &FIELDS,
            &INSIDE,
            &AND,
        ];
        for list in lists {
            assert!(list.words().windows(2).all(|pair| pair[0] < pair[1]), "{:?}", list.words());
            assert!(list.words().iter().all(|word| *word == word.to_lowercase() && word.len() <= 40));
        }
    }
}
