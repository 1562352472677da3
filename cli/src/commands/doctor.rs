//! `rdbfetch doctor`

mod call;
mod reach;

use std::sync::Arc;

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::{Cloud, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Doctor;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Row, or_dash};
use crate::session::{start, to_emulator};
use crate::target::Target;

/// The names of the checks, in their order.
const CHECKS: [&str; 6] = ["configuration", "reachability", "clock", "credentials", "region", "permission"];

/// What came of a check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What was checked.
    check: &'static str,
    /// What came of it.
    verdict: Verdict,
    /// What was found.
    detail: Option<String>,
    /// How to mend what failed.
    advice: Option<String>,
    #[serde(skip)]
    exit: Exit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Failed,
    Skipped,
}

impl Row for Check {
    const HEADS: &'static [&'static str] = &["check", "verdict", "detail", "advice"];

    fn cells(&self) -> Vec<String> {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Failed => "failed",
            Verdict::Skipped => "skipped",
        };
        let detail = or_dash(self.detail.as_ref());
        vec![self.check.to_owned(), verdict.to_owned(), detail, or_dash(self.advice.as_ref())]
    }
}

/// What is known so far.
#[derive(Default)]
struct Findings {
    checks: Vec<Check>,
}

impl Findings {
    fn ok(&mut self, check: &'static str, detail: impl Into<String>) {
        self.put(check, Verdict::Ok, Some(detail.into()), None, Exit::Done);
    }

    fn failed(
        &mut self,
        check: &'static str,
        exit: Exit,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.put(check, Verdict::Failed, Some(detail.into()), Some(advice.into()), exit);
    }

    fn skipped(&mut self, check: &'static str, detail: impl Into<String>) {
        self.put(check, Verdict::Skipped, Some(detail.into()), None, Exit::Done);
    }

    fn put(
        &mut self,
        check: &'static str,
        verdict: Verdict,
        detail: Option<String>,
        advice: Option<String>,
        exit: Exit,
    ) {
        let new = Check { check, verdict, detail, advice, exit };
        match self.checks.iter_mut().find(|known| known.check == check) {
            // What a check found wrong stays; a call can still find wrong what looked right before.
            Some(known) if known.verdict == Verdict::Failed => {}
            Some(known) if verdict == Verdict::Failed || known.verdict == Verdict::Skipped => *known = new,
            Some(_) => {}
            None => self.checks.push(new),
        }
    }

    fn has_failed(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Failed)
    }

    /// All checks in order, those that were not made as skipped.
    fn all(mut self) -> Vec<Check> {
        let failed = self.checks.iter().find(|check| check.verdict == Verdict::Failed);
        let why = failed.map_or_else(String::new, |check| format!("{} comes first", check.check));
        for check in CHECKS {
            if self.checks.iter().all(|known| known.check != check) {
                self.skipped(check, &*why);
            }
        }
        let place = |name: &str| CHECKS.iter().position(|check| *check == name);
        self.checks.sort_by_key(|check| place(check.check));
        self.checks
    }
}

/// Checks what calls of a service need.
pub async fn run(args: &Doctor, output: Output) -> Result<Exit, Failure> {
    if args.cloud.dry_run {
        return Err(Failure::usage("--dry-run does nothing here: a check that asks nobody finds nothing."));
    }
    let service = super::service(&args.service)?;
    let mut findings = Findings::default();
    let emulator = if args.cloud.emulator { Some(start(service).await?) } else { None };
    let sample = emulator.as_ref().map(|(_, sample)| sample.instance.clone());
    let made = Target::new(service, &args.cloud).and_then(|target| {
        let warnings = target.all_warnings();
        let builder = target.builder.transport(Arc::new(target.transport));
        let builder = match &emulator {
            Some((emulator, sample)) => to_emulator(builder, service, &args.cloud, emulator, sample),
            None => builder,
        };
        let cloud = builder.build()?;
        Ok((cloud, warnings))
    });
    match made {
        Ok((cloud, warnings)) => {
            for warning in &warnings {
                output.remark(&format!("warning: {warning}"));
            }
            let instance = args.instance.as_deref().or(sample.as_deref());
            examine(&mut findings, service, &cloud, instance, &args.cloud.params, warnings).await;
        }
        // What is wrong with credentials is told as such, although it was found while putting things together.
        Err(failure) if failure.exit == Exit::Auth => {
            findings.ok("configuration", "the configuration can be read");
            let advice = "Log in again with the vendor's tool, or give keys in another way.";
            findings.failed("credentials", Exit::Auth, failure.message(), advice);
        }
        Err(failure) => {
            let advice = format!(
                "`rdbfetch config path` says where the file is; `rdbfetch config show {} --origin` shows what is found.",
                service.service.name
            );
            findings.failed("configuration", failure.exit, failure.message(), advice);
        }
    }
    let checks = findings.all();
    output.list(&checks)?;
    Ok(checks.iter().find(|check| check.verdict == Verdict::Failed).map_or(Exit::Done, |check| check.exit))
}

async fn examine(
    findings: &mut Findings,
    service: &'static ServiceMetadata,
    cloud: &Cloud,
    instance: Option<&str>,
    params: &[String],
    warnings: Vec<String>,
) {
    let question = match call::Question::new(service, instance, params) {
        Ok(question) => question,
        Err(failure) => {
            return findings.failed(
                "configuration",
                failure.exit,
                failure.message(),
                "Name an instance with --instance, or what else the operation needs with --param.",
            );
        }
    };
    let url = match question.form(cloud) {
        Ok(url) => url,
        Err(error) => {
            let advice = "Give what is missing as the detail says, or in the configuration file.";
            return findings.failed("configuration", Exit::Usage, error.to_string(), advice);
        }
    };
    let said = match warnings.as_slice() {
        [] => format!("calls go to {url}"),
        warnings => format!("calls go to {url}; warnings: {}", warnings.join("; ")),
    };
    findings.ok("configuration", said);
    let Some(date) = reach::reach(findings, cloud, &url).await else { return };
    reach::clock(findings, service.service.clock_window, date, Timestamp::now());
    if findings.has_failed() {
        return;
    }
    if let Err(error) = cloud.fetch_credentials().await {
        let advice = format!(
            "Set them as the detail says; `rdbfetch config show {} --origin` shows what is found.",
            service.service.name
        );
        return findings.failed("credentials", Exit::Auth, error.to_string(), advice);
    }
    question.ask(findings, cloud).await;
}
