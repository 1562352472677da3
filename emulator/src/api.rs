//! The port of a service.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::projection::{Row, asked, link_parameters, put, write};
use rdbfetch::service::{Expiry, Field, Kind, Operation, PageBy, Paging, Root, When};
use rdbfetch::value::{Parameters, Value, text};
use rdbfetch::{BackupKind, State, Timestamp};

use crate::answer::Reply;
use crate::builder::Clock;
use crate::journal::{Call, Journal, Verdict};
use crate::links::{LinkMaker, Side};
use crate::nonces::Nonces;
use crate::parameters::Sources;
use crate::refusal::{Refusal, check};
use crate::route::{Route, route};
use crate::server::{Answer, Handler, Request};
use crate::sign;
use crate::stock::{Backup, Instance, Stock};

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
struct Asked<'a> {
    operation: &'static Operation,
    parameters: &'a Parameters,
    now: Timestamp,
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
    fn serve(&self, request: &Request) -> (Option<&'static Operation>, Result<Value, Refusal>) {
        let now = (self.clock)();
        let draft = sign::draft(request);
        let sources = Sources::new(request, &draft);
        let Some(route) = route(self.metadata.service, &request.method, &request.path, &sources) else {
            let reason = format!("{} {} asks for no operation of the spec", request.method, request.path);
            return (None, Err(Refusal::new(When::NoOperation, reason)));
        };
        let result = self.call(&route, &draft, &sources, now);
        (Some(route.operation), result)
    }

    fn call(
        &self,
        route: &Route,
        draft: &rdbfetch::sign::Draft,
        sources: &Sources<'_>,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
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
        self.body(&Asked { operation, parameters: &parameters, now })
    }

    /// Whether the spec says what a used nonce is answered with.
    fn refuses_replays(&self, operation: &Operation) -> bool {
        let mut errors = operation.errors.iter().chain(self.metadata.service.errors);
        errors.any(|error| error.when.contains(&When::Replayed))
    }

    /// The operation's own fields of the answer.
    fn body(&self, call: &Asked<'_>) -> Result<Value, Refusal> {
        let mut body = Value::Object(serde_json::Map::new());
        let Asked { operation, now, .. } = *call;
        if !operation.links.is_empty() {
            let rows = self.files(call)?;
            write(operation.links, &rows, &mut body, now);
        }
        if !operation.backups.is_empty() {
            let rows = call.page(self.backups(call)?, &mut body);
            write(operation.backups, &rows, &mut body, now);
        }
        if !operation.instances.is_empty() {
            let rows = call.page(self.instances(call)?, &mut body);
            write(operation.instances, &rows, &mut body, now);
        }
        Ok(body)
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

        let expiries = projections.iter().flat_map(|projection| projection.expires);
        let mut documented = expiries.filter_map(|expiry| match expiry {
            Expiry::After(seconds) => Some(*seconds),
            // What the caller asks for goes before the vendor's default, which comes next in the list.
            Expiry::Field(source) => match source.place.root {
                Root::Request(name) => value_of(call.parameters, name)?.parse().ok(),
                _ => None,
            },
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
        Ok(backup.files.iter().enumerate().map(row).collect())
    }

    /// The backups that are asked for, the newest first.
    fn backups(&self, call: &Asked<'_>) -> Result<Vec<Row>, Refusal> {
        let names = call.asked(call.operation.backups);
        let mut rows = Vec::new();
        for instance in self.chosen(names.text(Field::Instance))? {
            let wanted = |backup: &&Backup| names.text(Field::Backup).is_none_or(|id| backup.id == id);
            for backup in instance.backups.iter().filter(wanted) {
                let row = identity(instance, backup)
                    .with(Field::State, state(backup.state))
                    .with(Field::Kind, kind(backup.kind));
                let finished = backup.state == State::Finished;
                rows.push(if finished { row.with(Field::Size, backup.size().to_string()) } else { row });
            }
        }
        Ok(rows)
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
        Ok(self.chosen(names.text(Field::Instance))?.iter().map(row).collect())
    }
}

impl Handler for Api {
    fn answer(&self, request: &Request) -> Answer {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let (operation, result) = self.serve(request);
        let reply = Reply::new(self.metadata.service, operation, number);
        let (answer, verdict) = match result {
            Ok(body) => (reply.success(body), Verdict::Answered),
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

    /// The rows of the page that is asked for; the count of all goes into the answer.
    fn page(&self, rows: Vec<Row>, body: &mut Value) -> Vec<Row> {
        let Some(paging) = &self.operation.paging else { return rows };
        let total = rows.len();
        let range = self.range(paging, total);
        if let Some(place) = &paging.total {
            put(body, place, Value::from(total));
        }
        if let PageBy::Token(name, place) = &paging.by {
            let numeric = self.operation.parameter(name).is_some_and(|one| matches!(one.kind, Kind::Int64));
            let next = match (range.end < total, numeric) {
                (true, true) => Value::from(range.end),
                (true, false) => Value::from(range.end.to_string()),
                (false, true) => Value::Null,
                (false, false) => Value::from(""),
            };
            put(body, place, next);
        }
        rows.into_iter().skip(range.start).take(range.len()).collect()
    }

    fn range(&self, paging: &Paging, total: usize) -> Range<usize> {
        let size = paging.limit.and_then(|name| self.number(name)).unwrap_or(i64::MAX).max(0);
        let start = match paging.by {
            PageBy::Offset(name) | PageBy::Token(name, _) => self.number(name).unwrap_or(0),
            PageBy::Page(name, first) => {
                self.number(name).unwrap_or(first).saturating_sub(first).saturating_mul(size)
            }
        };
        let within = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX).min(total);
        within(start)..within(start.max(0).saturating_add(size))
    }

    /// A parameter as a number, or its default.
    fn number(&self, name: &str) -> Option<i64> {
        let given = value_of(self.parameters, name);
        let default = || self.operation.parameter(name)?.default.map(str::to_owned);
        given.or_else(default)?.parse().ok()
    }
}

/// The value of a parameter as text.
fn value_of(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.iter().find(|(known, _)| *known == name).and_then(|(_, value)| text(value))
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
