//! The five rules in Cedar and in Rego, with requests made beforehand: only deciding is timed.

use crate::{
    cpu_s,
    platform::{Facts, NOW},
};
use anyhow::{Context as _, Result};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, RestrictedExpression};
use regorus::{
    PolicyModule, Value, compile_policy_with_entrypoint, languages::rego::compiler::Compiler, rvm::vm::RegoVM,
};

const ROUNDS: usize = 5;

const CEDAR: &str = r#"
permit(principal, action == Action::"use", resource);
forbid(principal, action == Action::"use", resource) when { context.status != "open" };
forbid(principal, action == Action::"use", resource) when { context.off };
forbid(principal, action == Action::"use", resource) when { context.objected };
forbid(principal, action == Action::"use", resource) when { context.now < context.told || context.created < context.told };
forbid(principal, action == Action::"use", resource) when { context.now < context.adult_from };
"#;

const REGO: &str = r#"
package gate
import rego.v1
default allow := false
deny if input.status != "open"
deny if input.off
deny if input.objected
deny if input.now < input.told
deny if input.created < input.told
deny if input.now < input.adult_from
allow if not deny
"#;

/// Seconds for all of a sample, and the answers.
pub type Measured = (f64, Vec<bool>);

/// Asks Cedar: facts in a flat context, the cheapest form of the question.
pub fn cedar(sample: &[(Facts, i64)]) -> Result<Measured> {
    let policies: PolicySet = CEDAR.parse()?;
    let (principal, action, resource): (EntityUid, EntityUid, EntityUid) =
        (r#"Purpose::"p""#.parse()?, r#"Action::"use""#.parse()?, r#"Record::"r""#.parse()?);
    let request = |(facts, created_us): &(Facts, i64)| -> Result<Request> {
        let long = RestrictedExpression::new_long;
        let truth = RestrictedExpression::new_bool;
        let context = Context::from_pairs([
            ("now".to_owned(), long(NOW * 1_000_000)),
            ("status".to_owned(), RestrictedExpression::new_string(facts.status().to_owned())),
            ("off".to_owned(), truth(facts.off)),
            ("objected".to_owned(), truth(facts.objected)),
            ("told".to_owned(), long(facts.told_us)),
            ("created".to_owned(), long(*created_us)),
            ("adult_from".to_owned(), long(facts.adult_from() * 1_000_000)),
        ])?;
        Ok(Request::new(principal.clone(), action.clone(), resource.clone(), context, None)?)
    };
    let requests = sample.iter().map(request).collect::<Result<Vec<_>>>()?;
    let (authorizer, nothing) = (Authorizer::new(), Entities::empty());
    let mut answers = Vec::new();
    let seconds = cpu_s(ROUNDS, || {
        let decide = |r: &Request| authorizer.is_authorized(r, &policies, &nothing).decision() == Decision::Allow;
        answers = requests.iter().map(decide).collect();
    });
    Ok((seconds, answers))
}

/// Asks the bytecode machine of regorus.
pub fn regorus(sample: &[(Facts, i64)]) -> Result<Measured> {
    let input = |(facts, created_us): &(Facts, i64)| -> Result<Value> {
        let json = serde_json::json!({
            "now": NOW * 1_000_000, "status": facts.status(), "off": facts.off, "objected": facts.objected,
            "told": facts.told_us, "created": created_us, "adult_from": facts.adult_from() * 1_000_000,
        });
        Value::from_json_str(&json.to_string())
    };
    let inputs = sample.iter().map(input).collect::<Result<Vec<_>>>()?;
    let module = PolicyModule { id: "gate.rego".into(), content: REGO.into() };
    let policy = compile_policy_with_entrypoint(Value::new_object(), &[module], "data.gate.allow".into())?;
    let program = Compiler::compile_from_policy(&policy, &["data.gate.allow"]).context("compile")?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    let allowed = Value::from(true);
    let mut answers = Vec::new();
    let mut failed = None;
    let seconds = cpu_s(ROUNDS, || {
        answers.clear();
        for input in &inputs {
            machine.set_input(input.clone());
            match machine.execute() {
                Ok(value) => answers.push(value == allowed),
                Err(error) => failed = Some(error.to_string()),
            }
        }
    });
    match failed {
        Some(error) => anyhow::bail!("regorus: {error}"),
        None => Ok((seconds, answers)),
    }
}
