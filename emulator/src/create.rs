//! Operations that make a backup.

use std::time::Duration;

use rdbfetch::projection::{Row, headers, write};
use rdbfetch::service::{Field, When};
use rdbfetch::sign::{Octets as _, Text};
use rdbfetch::value::Value;
use rdbfetch::{BackupKind, Timestamp};

use crate::api::{Asked, Said};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::stock::{NewBackup, StateError};

/// How long a backup runs that a call makes, by the emulator's clock.
pub(crate) const TAKES: Duration = Duration::from_secs(30);

/// A backup that a call orders.
pub(crate) struct Order {
    instance: String,
    name: Option<String>,
    fails: bool,
}

/// The backup that a call wants, if there is an instance for it that it may see.
pub(crate) fn order(call: &Asked<'_>) -> Result<Order, Refusal> {
    let asked = call.asked(call.operation.creates);
    let id = asked.text(Field::Instance).unwrap_or_default();
    let name = asked.text(Field::Name).map(str::to_owned);
    let chosen = call.chosen(call.operation.creates, Some(id))?;
    let found = chosen.first().map(|(_, instance)| Order {
        instance: instance.id.clone(),
        name,
        fails: call.amiss.failed_backup,
    });
    found.ok_or_else(|| Refusal::new(When::NoInstance, format!("there is no instance {id:?}")))
}

/// Makes a backup of an instance, and answers what the spec says of it.
pub(crate) fn backup(
    shared: &Shared,
    service: &'static str,
    projections: &[rdbfetch::service::Projection],
    order: &Order,
    now: Timestamp,
) -> Result<Said, Refusal> {
    let (name, fails) = (order.name.as_deref(), order.fails);
    let new = NewBackup { name, kind: BackupKind::Manual, takes: TAKES, fails };
    let made = shared.create_backup(service, &order.instance, new, now);
    let id = made.map_err(|problem| match problem {
        StateError::NoInstance(_) => Refusal::new(When::NoInstance, problem.to_string()),
        _ => Refusal::new(When::Internal, problem.to_string()),
    })?;
    let task = task(shared.seed(), &id);
    let row =
        Row::new().with(Field::Instance, &*order.instance).with(Field::Backup, id).with(Field::Task, task);
    let mut body = Value::Object(serde_json::Map::new());
    write(projections, std::slice::from_ref(&row), &mut body, now);
    Ok(Said { body, headers: headers(projections, &[row], now) })
}

/// The number of the task that makes a backup: seven digits that look random.
pub(crate) fn task(seed: u64, backup: &str) -> String {
    let digest = Text::from(format!("{seed} task {backup}")).sha256();
    let number = digest.iter().take(4).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (1_000_000 + number % 9_000_000).to_string()
}
