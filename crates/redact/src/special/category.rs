//! The special categories of personal data, one row each. Never says how a statement is found; that is in the files beside.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes the enum and its tables from the rows, so that a category stands in one place.
macro_rules! categories {
    ($($(#[$doc:meta])* $category:ident $name:literal $words:literal,)*) => {
        /// What a statement about a person reveals: the special categories of Art. 9 of the General Data Protection Regulation, and the
        /// criminal convictions and offenses of its Art. 10.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Category { $($(#[$doc])* $category,)* }

        impl Category {
            /// Every category, in order.
            pub const ALL: [Category; [$($name),*].len()] = [$(Category::$category),*];

            /// The name in JSON and tables, such as `SEX_LIFE`.
            pub fn name(self) -> &'static str {
                match self { $(Category::$category => $name),* }
            }

            /// What it is in words.
            pub fn words(self) -> &'static str {
                match self { $(Category::$category => $words),* }
            }
        }
    };
}

categories! {
    /// Illness, disability, treatment, pregnancy, addiction; also that somebody is well again.
    Health "HEALTH" "health",
    /// Sex life, orientation and gender identity.
    SexLife "SEX_LIFE" "sex life or orientation",
    /// Belief and unbelief, and what shows them: prayers, fasts, dress.
    Religion "RELIGION" "religion or belief",
    /// Votes, parties, opinions.
    Politics "POLITICS" "political opinion",
    /// Membership of a trade union and work for it.
    Union "UNION" "trade union membership",
    /// Racial and ethnic origin. A passport or a country where one lived is none.
    Ethnicity "ETHNICITY" "ethnic origin",
    /// Fingerprints, faces and voices kept to tell who somebody is, and what genes say.
    Biometric "BIOMETRIC" "biometric or genetic data",
    /// Convictions, offenses, and proceedings about them.
    Criminal "CRIMINAL" "convictions or offenses",
}

impl Category {
    /// The category of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name() == name)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for category in Category::ALL {
            assert_eq!(Category::of_name(category.name()), Some(category));
            assert_eq!(serde_json::to_string(&category).unwrap(), format!("\"{category}\""));
        }
        assert_eq!(Category::of_name("health"), None);
    }
}
