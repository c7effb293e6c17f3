//! `candor objection file|list|show|STEP`: the Data Processing Objection Form and its cases, from the officer's side.

use crate::{
    cli::{Global, Objection},
    exit::Outcome,
    output,
    platform::{self, Platform},
};
use anyhow::Result;
use candor_core::{ObjectionId, PurposeKey};
use candor_store::Receipt;
use candor_web::objections::{self, CaseView, Filing, Step};
use serde_json::{Value, json};

/// Runs the command.
pub async fn run(global: &Global, args: Objection) -> Result<()> {
    let platform = Platform::open(global).await?;
    match args {
        Objection::File { member, purpose, needs_identity } => {
            let member = platform.member_id(&member).await?;
            let purposes = purpose.into_iter().map(PurposeKey::new).collect::<Result<Vec<_>, _>>()?;
            let filing = Filing { reference: None, purposes, needs_identity, key: None };
            let (objection, receipt) = objections::file(&platform.store, platform::now(), &member, filing).await?;
            told(&platform, &objection, &receipt, global.json)
        }
        Objection::List { overdue } => {
            let cases = objections::queue(&platform.store.history(), platform::now());
            cases.iter().filter(|case| !overdue || case.overdue).try_for_each(|case| tell(case, global.json))
        }
        Objection::Show { objection } => {
            let case = case(&platform, &ObjectionId::new(objection)?)?;
            tell(&case, global.json)?;
            if !global.json {
                case.steps.iter().for_each(|(seq, t, name)| output::line(&format!("  {seq:>8}  {t}  {name}")));
            }
            Ok(())
        }
        Objection::Take { step, objection, reason } => {
            let objection = ObjectionId::new(objection)?;
            case(&platform, &objection)?;
            let step = Step::named(&step, reason)
                .ok_or_else(|| Outcome::Usage(format!("a step is one of `{}`", Step::NAMES.join("`, `"))))?;
            let receipt = objections::take(&platform.store, platform::now(), &objection, step, None).await?;
            told(&platform, &objection, &receipt, global.json)
        }
    }
}

fn case(platform: &Platform, objection: &ObjectionId) -> Result<CaseView> {
    let found = objections::case(&platform.store.history(), objection, platform::now());
    let absent =
        || Outcome::NotFound(format!("there is no objection `{objection}`; `candor objection list` lists them"));
    Ok(found.ok_or_else(absent)?)
}

/// What stands after a step.
fn told(platform: &Platform, objection: &ObjectionId, receipt: &Receipt, json: bool) -> Result<()> {
    let case = case(platform, objection)?;
    if json {
        let mut value = of(&case);
        value["receipt"] = json!(receipt);
        return output::json(&value);
    }
    output::line(&format!("durable as log entry {}", receipt.seq));
    tell(&case, false)
}

fn tell(case: &CaseView, json: bool) -> Result<()> {
    if json {
        return output::json(&of(case));
    }
    let purposes: Vec<&str> = case.purposes.iter().map(PurposeKey::as_str).collect();
    let due = match (case.state.is_pending(), case.overdue) {
        (true, true) => format!("OVERDUE since {}", case.due),
        (true, false) => format!("due {}", case.due),
        (false, _) => "answered".into(),
    };
    let restricted = if case.restricted { "restricts" } else { "restricts nothing" };
    output::line(&format!(
        "{}  {:<12} {:<20} {:<18} {restricted}  against {}",
        case.objection,
        case.member,
        output::word(&case.state),
        due,
        purposes.join(", ")
    ));
    Ok(())
}

fn of(case: &CaseView) -> Value {
    json!({
        "objection": case.objection, "member": case.member, "purposes": case.purposes, "state": case.state,
        "received": case.received, "due": case.due.to_string(), "extension": case.extension,
        "restricted": case.restricted, "overdue": case.overdue,
    })
}
