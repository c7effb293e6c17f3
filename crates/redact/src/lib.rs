//! Finds and replaces personal data in text
