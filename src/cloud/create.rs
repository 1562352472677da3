//! Makes backups, and waits for them.

use std::time::Duration;

use super::retry::worth_it;
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
/// How many times in a row a backup may be missing from the list, which can be a moment behind.
const PATIENCE: u32 = 3;
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
    /// can be told from the others. A future that is dropped on the way may have made one all the same.
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

    /// Waits until a backup that was asked for is finished, for at most so long: then it is looked at for the last time.
    ///
    /// What can pass while there is time left, such as throttling or a connection that breaks, does not end the waiting.
    /// Dropping the future loses nothing: waiting can begin again with the same `created`. Where the answer told no id,
    /// the new backup is the oldest of those that were not listed before, have its name where the list shows names,
    /// and are not automatic.
    ///
    /// # Errors
    /// [`Error::BackupFailed`] where it or its task failed, [`Error::NotReady`] where it is not finished in time, else
    /// those of [`Cloud::backups`].
    pub async fn wait_created(&self, created: &Created, most: Duration) -> Result<Backup, Error> {
        let wanted = Wanted {
            instance: &created.instance,
            id: created.backup.as_deref(),
            task: created.task.as_deref(),
            is: &|backup| is_new(backup, created),
        };
        self.wait(&wanted, most).await
    }

    /// Waits until a backup is finished, as [`Cloud::wait_created`] does.
    ///
    /// # Errors
    /// [`Error::NoBackup`] where none has this id, else as [`Cloud::wait_created`].
    pub async fn wait_backup(&self, backup: &BackupId, most: Duration) -> Result<Backup, Error> {
        let wanted = Wanted {
            instance: &backup.instance,
            id: Some(&backup.backup),
            task: None,
            is: &|one| one.backup == backup.backup,
        };
        self.wait(&wanted, most).await
    }

    async fn wait(&self, wanted: &Wanted<'_>, most: Duration) -> Result<Backup, Error> {
        let begun = tokio::time::Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut absent = 0;
        loop {
            let mut rest = pause;
            let mut trouble = None;
            match self.look(wanted).await {
                Ok(Look::Finished(backup)) => return Ok(backup),
                Ok(Look::Running) => absent = 0,
                Ok(Look::Absent) => absent += 1,
                Err(error) if worth_it(&error, true) => {
                    rest = rest.max(error.api().and_then(|error| error.retry_after).unwrap_or_default());
                    trouble = Some(error);
                }
                Err(error) => return Err(error),
            }
            if absent > PATIENCE && wanted.task.is_none() && wanted.id.is_some() {
                return Err(Error::NoBackup(format!("{} is not listed", wanted.what())));
            }
            let left = most.saturating_sub(begun.elapsed());
            if left.is_zero() {
                let (what, waited) = (wanted.what(), most.as_secs());
                let late = || Error::NotReady(format!("{what} is not finished after {waited} s"));
                return Err(trouble.unwrap_or_else(late));
            }
            tokio::time::sleep(rest.min(left)).await;
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    /// How a backup is right now.
    async fn look(&self, wanted: &Wanted<'_>) -> Result<Look, Error> {
        let mut found = self.backups(wanted.instance).await?.into_iter().filter(|one| (wanted.is)(one));
        // The oldest of those that fit: what came later was asked for by somebody else.
        let found = if wanted.id.is_some() { found.next() } else { found.last() };
        if let Some(backup) = &found
            && matches!(backup.state, State::Failed | State::Expired)
        {
            let word = backup.vendor_state.as_deref().unwrap_or(backup.state.as_str());
            let (id, instance) = (&backup.backup, wanted.instance);
            return Err(Error::BackupFailed(format!("the backup {id} of {instance} is {word}")));
        }
        if let Some(backup) = found.as_ref().filter(|backup| backup.state == State::Finished) {
            return Ok(Look::Finished(backup.clone()));
        }
        let task = match wanted.task {
            Some(task) => self.task(task).await?,
            None => None,
        };
        if task == Some(State::Failed) {
            let (task, what) = (wanted.task.unwrap_or_default(), wanted.what());
            return Err(Error::BackupFailed(format!("the task {task}, which makes {what}, failed")));
        }
        let Some(backup) = found else { return Ok(Look::Absent) };
        let done = match task {
            // The list has no word for it, but the task has.
            Some(task) => backup.state == State::Unknown && task == State::Finished,
            None => {
                let (operation, _) = self.about(wanted.instance, Question::Backups).await?;
                operation.backups.iter().all(|one| one.field(Field::State).is_empty())
            }
        };
        Ok(if done { Look::Finished(backup) } else { Look::Running })
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

/// A backup that is waited for.
struct Wanted<'a> {
    instance: &'a str,
    /// Its id, where that is known.
    id: Option<&'a str>,
    /// The task that makes it.
    task: Option<&'a str>,
    /// Whether a backup can be it.
    is: &'a (dyn Fn(&Backup) -> bool + Send + Sync),
}

impl Wanted<'_> {
    /// What people are told that it is.
    fn what(&self) -> String {
        match self.id {
            Some(id) => format!("the backup {id} of {}", self.instance),
            None => format!("the new backup of {}", self.instance),
        }
    }
}

/// How a backup is that is waited for.
enum Look {
    Finished(Backup),
    Running,
    /// None that is listed can be it.
    Absent,
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
        format!("r{}", base36(now.unix())),
    ];
    // Where none fits, the service says why.
    candidates.iter().find(|name| fits(parameter, name)).or(candidates.first()).cloned()
}

/// A number in the digits 0-9 and a-z.
fn base36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize]);
        rest /= 36;
    }
    digits.into_iter().rev().map(char::from).collect()
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
