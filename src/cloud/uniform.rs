//! The same questions to every cloud: what backups there are, and where they can be fetched.

use std::collections::HashSet;

use super::pages::Pages;
use super::{Cloud, Listing, Question, Reply};
use crate::check::{Check, ViolationKind};
use crate::error::Error;
use crate::model::{Backup, BackupId, BackupLinks, Instance, State};
use crate::place::{Field, Projection, Root};
use crate::projection::{self, Context, Row};
use crate::request;
use crate::service::Operation;
use crate::value::{self, Parameters};

impl Cloud {
    /// The temporary links of a backup.
    ///
    /// # Errors
    /// As [`Cloud::backup_links_with`].
    pub async fn backup_links(&self, backup: &BackupId) -> Result<BackupLinks, Error> {
        self.backup_links_with(backup, Parameters::new()).await
    }

    /// The temporary links of a backup, asked for with further parameters of the service's operation.
    ///
    /// # Errors
    /// Those of [`Cloud::call`]; [`Error::Invalid`] also where documented limits do not hold; [`Error::Answer`] where
    /// the answer holds no link. Where links stand in a list of backups, [`Error::NoBackup`] and [`Error::NotReady`] as
    /// the list shows it.
    pub async fn backup_links_with(
        &self,
        backup: &BackupId,
        parameters: Parameters,
    ) -> Result<BackupLinks, Error> {
        let (operation, known) = self.about(&backup.instance, Question::Links).await?;
        let fields = [(Field::Instance, backup.instance.as_str()), (Field::Backup, backup.backup.as_str())];
        let parameters = self.parameters(operation, operation.links, &fields, known.as_ref(), parameters)?;
        let (mut rows, mut listed) = (Vec::new(), Vec::new());
        let read = |parameters: &Parameters, reply: &Reply| {
            let mut page = self.rows(operation.links, parameters, reply);
            if !operation.backups.is_empty() {
                // A backup that is taken meanwhile moves others to the next page, where they show again.
                page.retain(|row| !rows.iter().any(|known| same_backup(known, row)));
            }
            rows.extend(page);
            listed.extend(self.rows(operation.backups, parameters, reply));
        };
        let reply = self.pages(operation, parameters, read).await?;
        // Where the call lists the links of many backups, the others are not asked for.
        for rows in [&mut rows, &mut listed] {
            let is = |row: &Row, (field, id): &(Field, &str)| {
                id.is_empty() || row.text(*field).is_none_or(|other| other == *id)
            };
            rows.retain(|row| fields.iter().all(|field| is(row, field)));
        }
        let files = projection::links(&rows);
        if files.is_empty() {
            let (id, name) = (&backup.backup, operation.name);
            return Err(match listed.first().map(Row::state) {
                Some(State::Finished) => reply.error("the answer holds no download link"),
                Some(_) => {
                    Error::NotReady(format!("{name}: the backup {id} is not finished and has no link"))
                }
                None if is_asked(operation.links, Field::Backup) => {
                    reply.error("the answer holds no download link")
                }
                None => {
                    Error::NoBackup(format!("none of the links that {name} lists is one of the backup {id}"))
                }
            });
        }
        Ok(BackupLinks {
            operation: operation.name,
            backup: backup.clone(),
            request_id: reply.request_id,
            files,
        })
    }

    /// Reads all pages, and gives back the last answer.
    async fn pages(
        &self,
        operation: &'static Operation,
        parameters: Parameters,
        mut read: impl FnMut(&Parameters, &Reply),
    ) -> Result<Reply, Error> {
        let mut pages =
            operation.paging.as_ref().map(|paging| Pages::new(operation, paging, parameters.clone()));
        let mut parameters = pages.as_ref().map_or(parameters, Pages::first);
        loop {
            let reply = self.call(operation, parameters.clone()).await?;
            read(&parameters, &reply);
            let Some(pages) = &mut pages else { return Ok(reply) };
            match pages.next(&reply, &context(&reply, &|_| None))? {
                Some(next) => parameters = next,
                None => return Ok(reply),
            }
        }
    }

    /// The backups of an instance, newest first; those without a time come last.
    ///
    /// # Errors
    /// As [`Cloud::backups_with`].
    pub async fn backups(&self, instance: &str) -> Result<Vec<Backup>, Error> {
        self.backups_with(instance, Parameters::new()).await
    }

    /// The backups of an instance, newest first, asked for with further parameters of the service's operation. All
    /// pages are read.
    ///
    /// # Errors
    /// Those of [`Cloud::call`]; [`Error::Invalid`] also where documented limits do not hold; [`Error::Answer`] where
    /// the pages do not come to an end or the answer holds no list.
    pub async fn backups_with(&self, instance: &str, parameters: Parameters) -> Result<Vec<Backup>, Error> {
        let mut backups = self.list_backups(instance, parameters).await?.collect().await?;
        backups.sort_by_key(|backup| std::cmp::Reverse(backup.created_at));
        Ok(backups)
    }

    /// The backups of an instance page by page, in the service's order.
    ///
    /// # Errors
    /// [`Error::Config`] where no specified operation lists backups, [`Error::Invalid`] where a parameter is wrong, and
    /// those of [`Cloud::instance`] where the instance has to be looked up.
    pub async fn list_backups(
        &self,
        instance: &str,
        parameters: Parameters,
    ) -> Result<Listing<Backup>, Error> {
        let (operation, known) = self.about(instance, Question::Backups).await?;
        let fields = [(Field::Instance, instance)];
        let parameters =
            self.parameters(operation, operation.backups, &fields, known.as_ref(), parameters)?;
        let (cloud, instance) = (self.clone(), instance.to_owned());
        let mut seen = HashSet::new();
        Ok(Listing::new(self, operation, parameters, move |parameters, reply| {
            let mut backups =
                projection::backups(&cloud.rows(operation.backups, parameters, reply), &instance);
            // A call can list those of every instance. And a backup that is taken meanwhile moves others to the next
            // page, where they show again.
            backups.retain(|backup| backup.instance == instance && seen.insert(backup.backup.clone()));
            backups
        }))
    }

    /// The newest finished backup of an instance. Where a service's list shows no state, the newest: what it lists is
    /// there to be fetched, as far as anyone can tell.
    ///
    /// # Errors
    /// Those of [`Cloud::backups`], and [`Error::NoBackup`] where none is finished.
    pub async fn latest_backup(&self, instance: &str) -> Result<Backup, Error> {
        let backups = self.backups(instance).await?;
        let listed = backups.len();
        let (operation, _) = self.about(instance, Question::Backups).await?;
        let stateless = operation.backups.iter().all(|one| one.field(Field::State).is_empty());
        let fits = |backup: &Backup| stateless || backup.state == State::Finished;
        backups.into_iter().find(fits).ok_or_else(|| {
            Error::NoBackup(match listed {
                0 => format!("the instance {instance} has no backup"),
                _ => format!("none of the {listed} backups of the instance {instance} is finished"),
            })
        })
    }

    /// The first operation that answers a question.
    pub(super) fn uniform(
        &self,
        what: &str,
        projections: impl Fn(&Operation) -> &'static [Projection],
    ) -> Result<&'static Operation, Error> {
        let operations = self.service().operations.iter().copied();
        operations
            .filter(|operation| !projections(operation).is_empty())
            // The first of those that say most.
            .min_by_key(|operation| describes_one(operation, projections(operation)))
            .ok_or_else(|| Error::Config(format!("no specified operation of {} {what}", self.service().name)))
    }

    /// The parameters of a uniform call: what the projections send, `fields` where they go, and the caller's own.
    pub(super) fn parameters(
        &self,
        operation: &'static Operation,
        projections: &'static [Projection],
        fields: &[(Field, &str)],
        instance: Option<&Instance>,
        more: Parameters,
    ) -> Result<Parameters, Error> {
        let mut list = projection::parameters(operation, projections, fields, instance, self.now());
        let mut check = Check::new(operation.name, self.strictness());
        for (name, value) in more {
            let given = list.iter_mut().find(|(other, _)| *other == name);
            let bound = bound(projections, fields, name)
                .filter(|text| value::first_text(&value).as_deref() != Some(text));
            match given {
                _ if bound.is_some() => {
                    check.add(name, ViolationKind::Value, "is given twice, with different values");
                }
                Some((_, old)) => *old = value,
                None => list.push((name, value)),
            }
        }
        // An id that was not given is left out, and missed where it is required.
        list.retain(|(_, value)| value != "" && !value.is_null());
        check.finish()?;
        request::validate(operation, &list, self.strictness())?;
        Ok(list)
    }

    pub(super) fn rows(
        &self,
        projections: &'static [Projection],
        parameters: &Parameters,
        reply: &Reply,
    ) -> Vec<Row> {
        let request = |name: &str| {
            let given = parameters.iter().find(|(other, _)| *other == name);
            let setting = || self.setting(reply.operation.parameter(name)?.from?).map(str::to_owned);
            given.and_then(|(_, value)| value::first_text(value)).or_else(setting)
        };
        projection::read(projections, &context(reply, &request))
    }
}

/// Whether an operation describes one backup or instance, whose id it has to be told, and lists none.
pub(super) fn describes_one(operation: &Operation, projections: &[Projection]) -> bool {
    let of = |field| projections.iter().flat_map(move |projection| projection.field(field));
    let own = if of(Field::Backup).next().is_some() { Field::Backup } else { Field::Instance };
    let needed = |name: &str| operation.parameter(name).is_some_and(|parameter| parameter.required);
    let told = of(own).any(|source| matches!(source.place.root, Root::Request(name) if needed(name)));
    told && of(own).any(|source| source.place.root == Root::Body)
}

/// Whether two rows are files of the same backup.
fn same_backup(one: &Row, other: &Row) -> bool {
    [Field::Instance, Field::Backup].iter().all(|field| one.text(*field) == other.text(*field))
}

/// Whether a call is told this field.
fn is_asked(projections: &[Projection], field: Field) -> bool {
    let mut sources = projections.iter().flat_map(|projection| projection.field(field));
    sources.any(|source| matches!(source.place.root, Root::Request(_)))
}

/// What the place notation reads of an answer.
pub(super) fn context<'a>(reply: &'a Reply, request: &'a dyn Fn(&str) -> Option<String>) -> Context<'a> {
    Context { status: reply.status, headers: &reply.headers, body: reply.json(), request, now: reply.at }
}

/// The value that one of `fields` gives a parameter, if one does.
fn bound<'a>(projections: &[Projection], fields: &[(Field, &'a str)], parameter: &str) -> Option<&'a str> {
    let fills = |projection: &Projection, field: Field| {
        let mut sources = projection.field(field).iter();
        sources.any(|source| matches!(source.place.root, Root::Request(name) if name == parameter))
    };
    fields
        .iter()
        .find(|(field, text)| !text.is_empty() && projections.iter().any(|one| fills(one, *field)))
        .map(|(_, text)| *text)
}
