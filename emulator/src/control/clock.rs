//! The clock, read and set.

use std::time::Duration;

use rdbfetch::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::{Clock, Hands};
use crate::faults::units::{duration, duration_text, moment, shift, shift_text};

/// How a clock is asked to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "mode", rename_all = "lowercase")]
enum Mode {
    Real {},
    Offset { ahead: String },
    Frozen { at: Option<String> },
    Stepped { at: Option<String>, step: String },
}

/// How far a clock is asked to be moved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

/// What a clock shows and how it goes.
pub(super) fn show(clock: &Clock) -> Value {
    let now = clock.now().to_string();
    match clock.hands() {
        Hands::Offset(0) => json!({"mode": "real", "now": now}),
        Hands::Offset(ahead) => json!({"mode": "offset", "now": now, "ahead": shift_text(ahead)}),
        Hands::Frozen(_) => json!({"mode": "frozen", "now": now}),
        Hands::Stepped(_, step) => json!({"mode": "stepped", "now": now, "step": duration_text(step)}),
    }
}

/// Lets a clock go as a body says.
pub(super) fn set(clock: &Clock, body: Value) -> Result<(), String> {
    let mode: Mode = serde_json::from_value(body).map_err(|error| error.to_string())?;
    let at = |at: Option<String>| -> Result<Timestamp, String> {
        let Some(text) = at else { return Ok(clock.now()) };
        moment(&text)
            .ok_or_else(|| format!("`at`: a moment such as 2026-01-02T03:04:05Z is expected, not {text:?}"))
    };
    let hands = match mode {
        Mode::Real {} => Hands::Offset(0),
        Mode::Offset { ahead } => Hands::Offset(
            shift(&ahead)
                .ok_or_else(|| format!("`ahead`: a duration such as -10m is expected, not {ahead:?}"))?,
        ),
        Mode::Frozen { at: moment } => Hands::Frozen(at(moment)?),
        Mode::Stepped { at: moment, step } => Hands::Stepped(at(moment)?, span("step", &step)?),
    };
    clock.set(hands);
    Ok(())
}

/// Moves a clock as a body says.
pub(super) fn advance(clock: &Clock, body: Value) -> Result<(), String> {
    let Advance { by } = serde_json::from_value(body).map_err(|error| error.to_string())?;
    clock.advance(span("by", &by)?);
    Ok(())
}

fn span(name: &str, text: &str) -> Result<Duration, String> {
    duration(text)
        .ok_or_else(|| format!("`{name}`: a duration such as 200ms, 3s or 5m is expected, not {text:?}"))
}
