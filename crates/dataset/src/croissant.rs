//! `croissant.json`: the snapshot in the vocabulary of MLCommons Croissant 1.0, so that dataset tools find its files,
//! hashes and columns. It says nothing that the manifest does not.

use crate::manifest::{Manifest, Role};
use serde_json::{Value, json};

/// The text of `croissant.json`.
pub(crate) fn describe(manifest: &Manifest) -> Result<String, serde_json::Error> {
    let name = format!("candor-snapshot-{}", manifest.id);
    let mut distribution = Vec::new();
    let mut record_sets = Vec::new();
    for (split, role) in [("train", Role::Train), ("validation", Role::Validation)] {
        let files: Vec<_> = manifest.files_of(role).filter(|f| f.tally.as_ref().is_some_and(|t| t.rows > 0)).collect();
        for file in &files {
            distribution.push(json!({
                "@type": "cr:FileObject", "@id": file.path, "name": file.path.replace('/', "-"),
                "contentUrl": file.path, "contentSize": format!("{} B", file.bytes),
                "encodingFormat": "application/vnd.apache.parquet", "sha256": file.sha256,
            }));
        }
        if files.is_empty() {
            continue;
        }
        let contained: Vec<Value> = files.iter().map(|file| json!({"@id": file.path})).collect();
        distribution.push(json!({
            "@type": "cr:FileSet", "@id": format!("{split}-files"), "name": format!("{split}-files"),
            "containedIn": contained, "encodingFormat": "application/vnd.apache.parquet", "includes": format!("data/{split}-*.parquet"),
        }));
        let fields: Vec<Value> = FIELDS.iter().map(|(column, kind)| field(split, column, kind)).collect();
        record_sets.push(json!({"@type": "cr:RecordSet", "@id": split, "name": split, "field": fields}));
    }
    let text = serde_json::to_string_pretty(&json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": format!(
            "Members' texts admitted under rule book {} as of log index {}, redacted and tokenized.",
            manifest.rule_book_name, manifest.terms.as_of
        ),
        "version": "1.0.0",
        "datePublished": manifest.created.to_string(),
        "license": "see README.md",
        "url": manifest.id.as_str(),
        "creator": {"@type": "sc:Organization", "name": "the platform that built the snapshot"},
        "citeAs": name,
        "distribution": distribution,
        "recordSet": record_sets,
    }))?;
    Ok(text + "\n")
}

const FIELDS: [(&str, &str); 9] = [
    ("record", "sc:Text"),
    ("member", "sc:Text"),
    ("kind", "sc:Text"),
    ("language", "sc:Text"),
    ("license", "sc:Text"),
    ("text", "sc:Text"),
    ("tokens", "sc:Integer"),
    ("shard", "sc:Integer"),
    ("slice", "sc:Integer"),
];

fn field(split: &str, column: &str, kind: &str) -> Value {
    json!({
        "@type": "cr:Field", "@id": format!("{split}/{column}"), "name": column, "dataType": kind,
        "source": {"fileSet": {"@id": format!("{split}-files")}, "extract": {"column": column}},
    })
}

/// The context that the format's reference implementation writes.
fn context() -> Value {
    json!({
        "@language": "en", "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
        "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject",
        "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
        "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
        "replace": "cr:replace", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
        "subField": "cr:subField", "transform": "cr:transform",
    })
}
