//! Faults of services: errors that a rule asks for.

use std::time::Duration;

use rdbfetch::service::{ErrorCode, When};

use super::Applied;
use super::effects::{Coded, Effects};
use super::subject::Subject;
use super::travel::page;
use crate::answer::{Reply, Told};
use crate::refusal::{Refusal, entry};
use crate::server::Answer;

impl Effects {
    /// Whether the service that is called has the error that a rule asks for.
    pub(super) fn is_known_to(&self, subject: &Subject) -> bool {
        match &self.error {
            Some(error) if !error.given => known(subject, &error.code).is_some(),
            _ => true,
        }
    }
}

impl Applied {
    /// The answer that a rule asks for in place of the service's own, which then is not asked.
    pub(crate) fn instead(&self, call: &Subject, reply: impl FnOnce() -> Reply) -> Option<Answer> {
        if let Some(page) = self.page() {
            return Some(page);
        }
        let Effects { error, when, throttle, .. } = &self.effects;
        if let Some(error) = error {
            return Some(coded(error, call, reply()));
        }
        let when = when.or(throttle.map(|_| When::Throttled))?;
        let service = call.called?;
        let answer = match (entry(service, call.operation, when), throttle) {
            // What is answered when it is throttled by something that knows none of the service's errors.
            (None, Some(_)) => page(429),
            (None, None) => reply().refused(&Refusal::new(when, "a rule asks for it")),
            (Some(error), _) => reply().error(&told(error)),
        };
        Some(match throttle {
            Some(wait) => answer.with("retry-after", seconds(*wait).to_string()),
            None => answer,
        })
    }
}

/// The entry of a spec that describes a code.
fn known(subject: &Subject, code: &str) -> Option<&'static ErrorCode> {
    let own = subject.operation.map_or(&[][..], |operation| operation.errors);
    let common = subject.called.map_or(&[][..], |service| service.errors);
    let mut errors = own.iter().chain(common);
    errors.clone().find(|error| error.code == code).or_else(|| errors.find(|error| error.matches(code)))
}

fn told(error: &'static ErrorCode) -> Told<'static> {
    let ErrorCode { code, name, status, .. } = *error;
    Told { code: code.trim_end_matches('*'), name, status, message: error.doc() }
}

fn coded(error: &Coded, call: &Subject, reply: Reply) -> Answer {
    let spec = known(call, &error.code).map(told);
    let message = error
        .message
        .as_deref()
        .or(spec.map(|spec| spec.message))
        .unwrap_or("The emulator was told to fail.");
    reply.error(&Told {
        code: &error.code,
        name: spec.and_then(|spec| spec.name),
        status: error.status.or(spec.and_then(|spec| spec.status)),
        message,
    })
}

/// Whole seconds, not fewer than asked for.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
