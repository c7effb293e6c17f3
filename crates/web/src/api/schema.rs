//! The schema of a line of `POST /api/v1/records` for the OpenAPI document. The lines themselves are read by
//! `candor_core::export`; a test holds the two together.

use serde::Serialize;
use utoipa::ToSchema;

/// One line: a member or a record.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ExportLine)]
#[expect(dead_code, reason = "described, never made")]
pub(crate) enum ExportLineSchema {
    /// A row of the platform's directory.
    Member(ExportMember),
    /// One item.
    Record(ExportRecord),
}

/// A row of the platform's directory.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportMember {
    /// Identifier.
    #[schema(max_length = 200, example = "ann")]
    id: String,
    /// Handle without `@`.
    handle: Option<String>,
    /// Name as shown.
    name: String,
    /// Address of the profile page.
    profile_url: Option<String>,
    /// When the account was opened (RFC 3339).
    #[schema(format = DateTime)]
    registered: String,
    /// Country code; without it the member is left out.
    #[schema(example = "US")]
    residence: Option<String>,
    /// Birth date.
    #[schema(format = Date)]
    birth_date: Option<String>,
    /// `human` if absent. Only people are ever used.
    #[schema(example = "human")]
    account: Option<String>,
}

/// One item.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportRecord {
    /// Name of the source; `platform` if absent. With `id` it makes the record's identifier.
    source: Option<String>,
    /// Identifier at the source.
    id: String,
    /// The author's identifier.
    member: String,
    /// `post`, `article`, `comment`, `poll`, `feedback`, `usage_event`, `profile` or `prompt`; other kinds are never used.
    #[schema(example = "post")]
    kind: String,
    /// When it was written (RFC 3339).
    #[schema(format = DateTime)]
    created: String,
    /// When its latest version was written.
    #[schema(format = DateTime)]
    edited: Option<String>,
    /// `public`, `members`, `connections` or `private`; without it the record is private and so not used.
    #[schema(example = "public")]
    visibility: Option<String>,
    /// Identifier, at the same source, of the record it stands under.
    thread: Option<String>,
    /// Language tag.
    language: Option<String>,
    /// License of the text.
    license: Option<String>,
    /// Title.
    title: Option<String>,
    /// Text; at most 1 MiB.
    text: String,
}

#[cfg(test)]
mod tests {
    use candor_core::export::ExportLine;
    use std::collections::BTreeSet;

    fn properties(document: &serde_json::Value, schema: &str) -> BTreeSet<String> {
        document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_schema_has_the_fields_that_are_read() {
        let document: serde_json::Value = serde_json::from_str(&crate::openapi()).unwrap();
        let member = r#"{"type":"member","id":"a","name":"A","registered":"2024-01-01T00:00:00Z"}"#;
        let record =
            r#"{"type":"record","id":"1","member":"a","kind":"post","created":"2024-01-01T00:00:00Z","text":"t"}"#;
        for (line, schema) in [(member, "ExportMember"), (record, "ExportRecord")] {
            let read = serde_json::to_value(ExportLine::parse(line).unwrap()).unwrap();
            let mut fields: BTreeSet<String> = read.as_object().unwrap().keys().cloned().collect();
            fields.remove("type");
            assert_eq!(properties(&document, schema), fields, "{schema}");
        }
    }
}
