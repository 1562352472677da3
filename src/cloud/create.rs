//! Makes backups, and waits for them.

use std::time::Duration;

use super::{Cloud, Question};
use crate::error::Error;
use crate::model::{Backup, BackupId, BackupKind, State};
use crate::place::{Field, Projection, Root};
use crate::projection::Row;
use crate::service::{Kind, Operation, Parameter};
use crate::time::Timestamp;
use crate::value::Parameters;

/// The pause before a backup is looked at for the second time. Pauses grow from there.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How far the clocks of client and service may differ when a new backup is told from older ones, in seconds.
const TOLERANCE: i64 = 300;

/// A backup that is to be made.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct NewBackup {
    /// Its name or remark. Where the service demands one and none is given, it is called after the moment.
    pub name: Option<String>,
    /// Further parameters of the service's operation.
    pub parameters: Parameters,
}

impl NewBackup {
    /// With this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

/// A backup that was asked for and may still be in the making.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Created {
    /// The operation that was called.
    pub operation: &'static str,
    /// The instance's id.
    pub instance: String,
    /// The backup's id; `None` where the answer has none. [`Cloud::wait_created`] finds it.
    pub backup: Option<String>,
    /// The name that it was asked to have.
    pub name: Option<String>,
    /// The id of the task that makes it, where the service has tasks.
    pub task: Option<String>,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// When it was asked for.
    pub at: Timestamp,
    /// The ids that were listed before.
    before: Vec<String>,
}

impl Cloud {
    /// Makes a backup of an instance. It is only under way then: wait with [`Cloud::wait_created`].
    ///
    /// Where the service's answer does not tell the new backup's id, the backups are listed before, so that the new one
    /// can be told from the others.
    ///
    /// # Errors
    /// Those of [`Cloud::call`] and [`Cloud::instance`]; [`Error::Config`] where no specified operation makes backups.
    pub async fn create_backup(&self, instance: &str, new: NewBackup) -> Result<Created, Error> {
        let (operation, known) = self.about(instance, Question::Create).await?;
        if new.name.is_some() && name_parameter(operation).is_none() {
            let problem = format!("{}: backups of {} have no names", operation.name, self.service().name);
            return Err(Error::Config(problem));
        }
        let name = new.name.or_else(|| self.name_for(operation));
        let mut fields = vec![(Field::Instance, instance)];
        fields.extend(name.as_deref().map(|name| (Field::Name, name)));
        let parameters =
            self.parameters(operation, operation.creates, &fields, known.as_ref(), new.parameters)?;
        let tells = |projection: &Projection| {
            projection
                .field(Field::Backup)
                .iter()
                .any(|source| !matches!(source.place.root, Root::Request(_)))
        };
        let before = match operation.creates.iter().any(tells) {
            true => Vec::new(),
            false => self.backups(instance).await?.into_iter().map(|backup| backup.backup).collect(),
        };
        let reply = self.call(operation, parameters.clone()).await?;
        let rows = self.rows(operation.creates, &parameters, &reply);
        let text = |field| rows.first().and_then(|row: &Row| row.text(field)).map(str::to_owned);
        Ok(Created {
            operation: operation.name,
            instance: instance.to_owned(),
            backup: text(Field::Backup),
            name,
            task: text(Field::Task),
            request_id: reply.request_id,
            at: reply.at,
            before,
        })
    }

    /// The name that a new backup gets where the operation demands one and none is given; else `None`.
    #[must_use]
    pub fn name_for(&self, operation: &Operation) -> Option<String> {
        needed_name(operation, self.now())
    }

    /// Waits until a backup that was asked for is finished, for at most so long.
    ///
    /// # Errors
    /// [`Error::BackupFailed`] where it or its task failed, [`Error::NotReady`] where it is not finished in time, else
    /// those of [`Cloud::backups`].
    pub async fn wait_created(&self, created: &Created, most: Duration) -> Result<Backup, Error> {
        let id = created.backup.as_deref();
        let task = created.task.as_deref();
        self.wait(&created.instance, id, task, most, |backup| is_new(backup, created)).await
    }

    /// Waits until a backup is finished, for at most so long.
    ///
    /// # Errors
    /// [`Error::NoBackup`] where none has this id, else as [`Cloud::wait_created`].
    pub async fn wait_backup(&self, backup: &BackupId, most: Duration) -> Result<Backup, Error> {
        let id = Some(backup.backup.as_str());
        self.wait(&backup.instance, id, None, most, |one| one.backup == backup.backup).await
    }

    async fn wait(
        &self,
        instance: &str,
        id: Option<&str>,
        task: Option<&str>,
        most: Duration,
        is: impl Fn(&Backup) -> bool,
    ) -> Result<Backup, Error> {
        let what = || match id {
            Some(id) => format!("the backup {id} of {instance}"),
            None => format!("the new backup of {instance}"),
        };
        let (operation, _) = self.about(instance, Question::Backups).await?;
        let stateless = operation.backups.iter().all(|one| one.field(Field::State).is_empty());
        let begun = tokio::time::Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut absent = 0;
        loop {
            let mut found = self.backups(instance).await?.into_iter().filter(|backup| is(backup));
            // The oldest of those that fit: what came later was asked for by somebody else.
            let found = if id.is_some() { found.next() } else { found.last() };
            match found {
                Some(backup) if stateless || backup.state == State::Finished => return Ok(backup),
                Some(backup) if matches!(backup.state, State::Failed | State::Expired) => {
                    let word = backup.vendor_state.as_deref().unwrap_or(backup.state.as_str());
                    let id = &backup.backup;
                    return Err(Error::BackupFailed(format!("the backup {id} of {instance} is {word}")));
                }
                Some(_) => absent = 0,
                None if task.is_none() && id.is_some() => {
                    absent += 1;
                    // A list can be a moment behind.
                    if absent > 3 {
                        return Err(Error::NoBackup(format!("{}: {} is not listed", operation.name, what())));
                    }
                }
                None => {}
            }
            if let Some(task) = task
                && self.task(task).await? == Some(State::Failed)
            {
                let what = what();
                return Err(Error::BackupFailed(format!("the task {task}, which makes {what}, failed")));
            }
            if begun.elapsed() + pause > most {
                let waited = most.as_secs();
                return Err(Error::NotReady(format!("{} is not finished after {waited} s", what())));
            }
            tokio::time::sleep(pause).await;
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    /// What became of a task; `None` where no specified operation tells.
    async fn task(&self, task: &str) -> Result<Option<State>, Error> {
        let Ok(operation) = self.uniform("tells of tasks", |operation| operation.tasks) else {
            return Ok(None);
        };
        let fields = [(Field::Task, task)];
        let parameters = self.parameters(operation, operation.tasks, &fields, None, Parameters::new())?;
        let reply = self.call(operation, parameters.clone()).await?;
        Ok(self.rows(operation.tasks, &parameters, &reply).first().map(Row::state))
    }
}

/// Whether a backup can be the one that was asked for.
fn is_new(backup: &Backup, created: &Created) -> bool {
    if let Some(id) = &created.backup {
        return backup.backup == *id;
    }
    let named = |name: &String| backup.name.as_ref().is_none_or(|other| other == name);
    let late = |at: Timestamp| at >= created.at.plus_seconds(-TOLERANCE);
    !created.before.contains(&backup.backup)
        && backup.kind != BackupKind::Automatic
        && created.name.as_ref().is_none_or(named)
        && backup.created_at.is_none_or(late)
}

/// A name for a backup whose service demands one, made to fit what is documented of the parameter.
fn needed_name(operation: &Operation, now: Timestamp) -> Option<String> {
    let parameter = operation.parameter(name_parameter(operation)?)?;
    if !parameter.required || !matches!(parameter.kind, Kind::String) {
        return None;
    }
    let digits: String = now.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = digits.split_at(8.min(digits.len()));
    let candidates = [
        format!("rdbfetch-{day}-{time}"),
        format!("rdbfetch_{day}_{time}"),
        format!("rdbfetch{day}{time}"),
        format!("r{day}{time}"),
    ];
    // Where none fits, the service says why.
    candidates.iter().find(|name| fits(parameter, name)).or(candidates.first()).cloned()
}

/// The parameter for the name of a new backup.
fn name_parameter(operation: &Operation) -> Option<&'static str> {
    let mut sources = operation.creates.iter().flat_map(|projection| projection.field(Field::Name));
    sources.find_map(|source| match source.place.root {
        Root::Request(name) => Some(name),
        _ => None,
    })
}

/// Whether a text is as long as documented, and of the documented form.
fn fits(parameter: &Parameter, text: &str) -> bool {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let long = parameter.bounds.min.is_none_or(|least| length >= least);
    let short = parameter.bounds.max.is_none_or(|most| length <= most);
    let form = parameter.traits.pattern.is_none_or(|pattern| {
        regex_lite::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(text))
    });
    long && short && form
}
