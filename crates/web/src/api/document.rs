//! What every route of `/api/v1` shares, written into the OpenAPI document once: `at_least` on reads, `Idempotency-Key` on
//! changes.

use utoipa::openapi::{
    ObjectBuilder, OpenApi, Required,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
    schema::{SchemaType, Type},
};

/// The document as JSON.
pub(crate) fn text(mut document: OpenApi) -> String {
    for (path, item) in &mut document.paths.paths {
        if path.starts_with("/api/v1/") {
            describe(path, item);
        }
    }
    // A document of strings and lists becomes JSON always.
    document.to_pretty_json().unwrap_or_default()
}

fn describe(path: &str, item: &mut PathItem) {
    let changes = !path.ends_with("/check") && !path.ends_with("/redact");
    for operation in [&mut item.put, &mut item.post, &mut item.delete].into_iter().flatten() {
        add(operation, if changes { idempotency_key() } else { at_least() });
    }
    if let Some(operation) = &mut item.get {
        add(operation, at_least());
    }
}

fn add(operation: &mut Operation, parameter: Parameter) {
    operation.parameters.get_or_insert_with(Vec::new).push(parameter.into());
}

fn at_least() -> Parameter {
    parameter(
        "at_least",
        ParameterIn::Query,
        Type::Integer,
        "Index of the log that the answer must be of, or later; else the problem `behind`",
    )
}

fn idempotency_key() -> Parameter {
    parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        Type::String,
        "The same request sent again under its key changes nothing more and is answered as the first time",
    )
}

fn parameter(name: &str, place: ParameterIn, kind: Type, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(SchemaType::new(kind)).build()))
        .build()
}
