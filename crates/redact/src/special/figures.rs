//! The figures of the card: how much of the labeled sentences is met, and how much is held back that should not be. Reads only what is in the
//! crate, so they are the same wherever they are made.

use super::category::Category;
use super::labeled::{Labeled, Split, labeled};
use super::{Detector, Statement};

/// The head of the table.
const HEAD: &str = "| sentences | with a statement | met | without one | held back | recall | precision |\n|---|---:|---:|---:|---:|---:|---:|\n";

/// A sentence, and the categories found in it.
type Judged = (Labeled, Vec<Category>);

/// A table in Markdown of how a detector does on the sentences set aside for tuning and for measuring: all, by language, by category. A row
/// of a category counts statements of that category only.
pub fn figures(detector: &Detector) -> String {
    let categories = |found: Vec<Statement>| found.into_iter().map(|statement| statement.category).collect();
    let judge = |one: Labeled| {
        let found = categories(detector.find(&one.text));
        (one, found)
    };
    let judged: Vec<Judged> = labeled().into_iter().map(judge).collect();
    let mut table = HEAD.to_owned();
    for (split, name) in [(Split::Dev, "tuning"), (Split::Test, "measuring")] {
        let of_split = || judged.iter().filter(move |(one, _)| one.split == split);
        table += &row(&format!("{name}, all"), of_split(), |categories| !categories.is_empty());
        for (code, language) in [("en", "English"), ("de", "German")] {
            let spoken = of_split().filter(|(one, _)| one.language == code);
            table += &row(&format!("{name}, {language}"), spoken, |categories| !categories.is_empty());
        }
        for category in Category::ALL {
            table += &row(&format!("{name}, {category}"), of_split(), |categories| categories.contains(&category));
        }
    }
    table
}

fn row<'j>(name: &str, judged: impl Iterator<Item = &'j Judged>, says: impl Fn(&[Category]) -> bool) -> String {
    let (mut with, mut met, mut without, mut wrong) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (one, found) in judged {
        let held = u32::from(says(found));
        if says(&one.categories) {
            with += 1;
            met += held;
        } else {
            without += 1;
            wrong += held;
        }
    }
    let (recall, precision) = (share(met, with), share(met, met + wrong));
    format!("| {name} | {with} | {met} | {without} | {wrong} | {recall:.2} | {precision:.2} |\n")
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the card says is what is measured.
    #[test]
    fn the_card_has_these_figures() {
        let card = include_str!("../../data/special_categories.md");
        let table = figures(Detector::standard());
        assert!(card.contains(&table), "put this table into `data/special_categories.md`:\n{table}");
    }

    #[test]
    fn nine_of_ten_statements_are_met_where_it_was_tuned() {
        let table = figures(Detector::standard());
        let tuning = table.lines().find(|line| line.starts_with("| tuning, all")).unwrap();
        let recall: f64 = tuning.split('|').nth(6).unwrap().trim().parse().unwrap();
        assert!(recall >= 0.9, "{tuning}");
    }
}
