//! The port of a service.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::projection::{Row, asked, headers, link_parameters, write};
use rdbfetch::service::{Convert, Expiry, Field, Operation, Projection, Root, Source, When};
use rdbfetch::value::{Parameters, Value, first_text};
use rdbfetch::{BackupKind, State, Timestamp};

use crate::answer::Reply;
use crate::builder::Clock;
use crate::filters::wanted;
use crate::journal::{Call, Journal, Verdict};
use crate::links::{LinkMaker, Side};
use crate::nonces::Nonces;
use crate::pages::page;
use crate::parameters::Sources;
use crate::refusal::{Refusal, check};
use crate::route::{Route, route};
use crate::server::{Answer, Handler, Request};
use crate::sign;
use crate::stock::{Backup, Instance, Stock};

/// A backup and whose it is.
type Found<'a> = (&'a Instance, &'a Backup);

/// Answers the calls of a service.
pub(crate) struct Api {
    metadata: &'static ServiceMetadata,
    stock: Arc<Stock>,
    links: Arc<LinkMaker>,
    journal: Arc<Journal>,
    clock: Clock,
    nonces: Mutex<Nonces>,
    calls: AtomicU64,
}

/// A call that is well signed and well formed.
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: &'a Parameters,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
}

/// What an operation has to say: its own fields of the answer, and headers.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) body: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Api {
    pub(crate) fn new(
        metadata: &'static ServiceMetadata,
        (stock, links, journal): (Arc<Stock>, Arc<LinkMaker>, Arc<Journal>),
        clock: Clock,
    ) -> Self {
        let (nonces, calls) = (Mutex::default(), AtomicU64::new(0));
        Self { metadata, stock, links, journal, clock, nonces, calls }
    }

    /// What a request asks for, refused in the order in which vendors do.
    fn serve(&self, request: &Request) -> (Option<&'static Operation>, Result<Said, Refusal>) {
        let now = (self.clock)();
        let draft = sign::draft(request);
        let sources = Sources::new(request, &draft);
        let Some(route) = route(self.metadata.service, &request.method, &request.path, &sources) else {
            let reason = format!("{} {} asks for no operation of the spec", request.method, request.path);
            return (None, Err(Refusal::new(When::NoOperation, reason)));
        };
        let result = self.call(request, &route, &draft, &sources, now);
        (Some(route.operation), result)
    }

    fn call(
        &self,
        request: &Request,
        route: &Route,
        draft: &rdbfetch::sign::Draft,
        sources: &Sources<'_>,
        now: Timestamp,
    ) -> Result<Said, Refusal> {
        let operation = route.operation;
        let (parameters, problems) = sources.parameters(route);
        let from_parameters = |setting: &str| {
            let parameter = operation.parameters.iter().find(|parameter| parameter.from == Some(setting))?;
            value_of(&parameters, parameter.name)
        };
        let settings = sign::settings(self.metadata, &from_parameters);
        let signed = sign::check(self.metadata, draft, now, &settings)?;
        if let Some(nonce) = signed.nonce.filter(|_| self.refuses_replays(operation)) {
            let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            if !nonces.fresh(&signed.access_key, &nonce, now, self.metadata.service.clock_window) {
                return Err(Refusal::new(When::Replayed, "the nonce was used before"));
            }
        }
        if sources.broken_json(route) {
            return Err(Refusal::new(When::BadValue, "the body is no JSON object"));
        }
        check(operation, &parameters, &problems)?;
        self.say(&Asked { operation, parameters: &parameters, request, now })
    }

    /// Whether the spec says what a used nonce is answered with.
    fn refuses_replays(&self, operation: &Operation) -> bool {
        let mut errors = operation.errors.iter().chain(self.metadata.service.errors);
        errors.any(|error| error.when.contains(&When::Replayed))
    }

    /// What the operation answers.
    fn say(&self, call: &Asked<'_>) -> Result<Said, Refusal> {
        let mut said = Said { body: Value::Object(serde_json::Map::new()), headers: Vec::new() };
        let Asked { operation, now, .. } = *call;
        let lists_links = lists_links(operation);
        if !operation.links.is_empty() && !lists_links {
            let rows = self.files(call)?;
            write(operation.links, &rows, &mut said.body, now);
            said.headers.extend(headers(operation.links, &rows, now));
        }
        if lists_links || !operation.backups.is_empty() {
            let listing = if operation.backups.is_empty() { operation.links } else { operation.backups };
            let (rows, backups): (Vec<Row>, Vec<_>) = self.backups(call, listing)?.into_iter().unzip();
            let range = page(call, listing, &rows, &mut said)?;
            if lists_links {
                let of = |at| self.links_of(call, backups[at], &rows[at]);
                let rows: Vec<Row> = range.clone().flat_map(of).collect();
                write(operation.links, &rows, &mut said.body, now);
                said.headers.extend(headers(operation.links, &rows, now));
            }
            write(operation.backups, &rows[range], &mut said.body, now);
        }
        if !operation.instances.is_empty() {
            let rows = self.instances(call)?;
            let range = page(call, operation.instances, &rows, &mut said)?;
            write(operation.instances, &rows[range], &mut said.body, now);
        }
        Ok(said)
    }

    /// The instances that a call is about: the one it names, or all.
    fn chosen(&self, id: Option<&str>) -> Result<Vec<&Instance>, Refusal> {
        let instances =
            self.stock.shelf(self.metadata.service.name).map_or(&[][..], |shelf| &shelf.instances);
        let chosen: Vec<&Instance> =
            instances.iter().filter(|instance| id.is_none_or(|id| instance.id == id)).collect();
        if chosen.is_empty() {
            let reason = format!("there is no instance {:?}", id.unwrap_or_default());
            return Err(Refusal::new(When::NoInstance, reason));
        }
        Ok(chosen)
    }

    /// The files of the backup that is asked for, with links.
    fn files(&self, call: &Asked<'_>) -> Result<Vec<Row>, Refusal> {
        let projections = call.operation.links;
        let names = call.asked(projections);
        let wanted = names.text(Field::Backup).unwrap_or_default();
        let instances = self.chosen(names.text(Field::Instance))?;
        let found = instances.iter().find_map(|instance| {
            instance.backups.iter().find(|backup| backup.id == wanted).map(|backup| (*instance, backup))
        });
        let Some((instance, backup)) = found else {
            return Err(Refusal::new(When::NoBackup, format!("there is no backup {wanted:?}")));
        };
        if backup.state != State::Finished {
            return Err(Refusal::new(When::NotReady, format!("the backup {wanted:?} is not finished")));
        }

        Ok(self.linked(call, instance, backup))
    }

    /// The files of a backup, with links.
    fn linked(&self, call: &Asked<'_>, instance: &Instance, backup: &Backup) -> Vec<Row> {
        let projections = call.operation.links;
        let expiries = projections.iter().flat_map(|projection| projection.expires);
        let mut documented = expiries.filter_map(|expiry| match expiry {
            Expiry::After(seconds) => Some(*seconds),
            // What the caller asks for goes before the vendor's default, which comes next in the list.
            Expiry::Field(source) => call.lifetime(source),
            Expiry::Url(_) => None,
        });
        let expires = self.links.expiry(call.now, documented.next());
        let in_url = |expiry: &Expiry| matches!(expiry, Expiry::Url(_));
        let shown = projections.iter().find(|projection| projection.expires.iter().any(in_url));
        let parameters =
            shown.map_or_else(Vec::new, |projection| link_parameters(projection.expires, call.now, expires));
        let service = self.metadata.service.name;
        let row = |(number, file): (usize, &crate::stock::File)| {
            let number = number.to_string();
            let path = [service, &instance.id, &backup.id, &number, &file.name];
            let link = |side| self.links.link(side, &path, &parameters, expires);
            let mut row = identity(instance, backup)
                .with(Field::Name, &*file.name)
                .with(Field::Size, file.size().to_string())
                .with(Field::PublicUrl, link(Side::Public))
                .with(Field::InternalUrl, link(Side::Internal));
            row.expires = Some(expires);
            row
        };
        backup.files.iter().enumerate().map(row).collect()
    }

    /// The files of a backup in a list: one row at least, so that links and backups stand side by side.
    fn links_of(&self, call: &Asked<'_>, (instance, backup): Found<'_>, listed: &Row) -> Vec<Row> {
        let rows = self.linked(call, instance, backup);
        if rows.is_empty() { vec![listed.clone()] } else { rows }
    }

    /// The backups that are asked for, the newest first.
    fn backups(
        &self,
        call: &Asked<'_>,
        projections: &[Projection],
    ) -> Result<Vec<(Row, Found<'_>)>, Refusal> {
        let names = call.asked(projections);
        let links = call.asked(call.operation.links);
        let id = names.text(Field::Backup).or(links.text(Field::Backup));
        let mut rows = Vec::new();
        for instance in self.chosen(names.text(Field::Instance))? {
            for backup in &instance.backups {
                let mut row = identity(instance, backup)
                    .with(Field::State, state(backup.state))
                    .with(Field::Kind, kind(backup.kind));
                if backup.state == State::Finished {
                    row = row.with(Field::Size, backup.size().to_string());
                }
                let named = id.is_none_or(|id| backup.id == id);
                if named && wanted(call, projections, &row) {
                    rows.push((row, (instance, backup)));
                }
            }
        }
        match id.filter(|_| rows.is_empty()) {
            Some(id) => Err(Refusal::new(When::NoBackup, format!("there is no backup {id:?}"))),
            None if is_bound(projections, Field::Backup) => Ok(rows),
            // What tells no backup from another is about the latest.
            None => {
                Ok(rows.into_iter().find(|(_, found)| found.1.state == State::Finished).into_iter().collect())
            }
        }
    }

    /// The instances that are asked for.
    fn instances(&self, call: &Asked<'_>) -> Result<Vec<Row>, Refusal> {
        let names = call.asked(call.operation.instances);
        let region = self.stock.shelf(self.metadata.service.name).map_or("", |shelf| &shelf.region);
        let row = |instance: &&Instance| {
            Row::new()
                .with(Field::Region, names.text(Field::Region).unwrap_or(region))
                .with(Field::Instance, &*instance.id)
                .with(Field::Name, &*instance.id)
                .with(Field::State, "running")
        };
        let mut rows: Vec<Row> = self.chosen(names.text(Field::Instance))?.iter().map(row).collect();
        rows.retain(|row| wanted(call, call.operation.instances, row));
        Ok(rows)
    }
}

impl Handler for Api {
    fn answer(&self, request: &Request) -> Answer {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let (operation, result) = self.serve(request);
        let reply = Reply::new(self.metadata.service, operation, number);
        let (answer, verdict) = match result {
            Ok(said) => (reply.success(said), Verdict::Answered),
            Err(refusal) => {
                let answer = reply.refused(&refusal);
                let Refusal { when, reason, expected } = refusal;
                (answer, Verdict::Refused { when: Some(when), reason, expected })
            }
        };
        self.journal.note(Call {
            service: Some(self.metadata.service.name),
            method: request.method.clone(),
            path: request.path.clone(),
            operation: operation.map(|operation| operation.name),
            status: answer.status,
            verdict,
        });
        answer
    }
}

impl Asked<'_> {
    /// What the request names.
    fn asked(&self, projections: &[rdbfetch::service::Projection]) -> Row {
        asked(projections, &|name| value_of(self.parameters, name))
    }

    /// The lifetime that the caller asks for, in seconds.
    fn lifetime(&self, source: &Source) -> Option<u64> {
        let Root::Request(name) = source.place.root else { return None };
        let text = value_of(self.parameters, name)?;
        match source.convert {
            Convert::Duration(unit) => Some(text.parse::<u64>().ok()?.checked_mul(unit)? / 1000),
            Convert::Time(format) => {
                let end = Timestamp::parse(&text, format)?;
                u64::try_from(end.unix().saturating_sub(self.now.unix())).ok()
            }
            _ => None,
        }
    }
}

/// Whether an operation answers with the links of many backups.
pub(crate) fn lists_links(operation: &Operation) -> bool {
    let listed = !operation.backups.is_empty() || !is_asked(operation.links, Field::Backup);
    !operation.links.is_empty() && listed
}

/// Whether rows, or the call, say this field.
fn is_bound(projections: &[Projection], field: Field) -> bool {
    projections.iter().any(|projection| !projection.field(field).is_empty())
}

/// Whether a call is told this field.
fn is_asked(projections: &[Projection], field: Field) -> bool {
    let mut sources = projections.iter().flat_map(|projection| projection.field(field));
    sources.any(|source| matches!(source.place.root, Root::Request(_)))
}

/// The value of a parameter as text; of a list, its first.
pub(crate) fn value_of(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.iter().find(|(known, _)| *known == name).and_then(|(_, value)| first_text(value))
}

/// What every row about a backup says.
fn identity(instance: &Instance, backup: &Backup) -> Row {
    Row::new()
        .with(Field::Instance, &*instance.id)
        .with(Field::Backup, &*backup.id)
        .with(Field::CreatedAt, backup.created_at.to_string())
}

/// The uniform word for a state.
fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Finished => "finished",
        State::Failed => "failed",
        State::Expired => "expired",
        _ => "unknown",
    }
}

/// The uniform word for a kind.
fn kind(kind: BackupKind) -> &'static str {
    match kind {
        BackupKind::Manual => "manual",
        BackupKind::Automatic => "automatic",
        _ => "unknown",
    }
}
