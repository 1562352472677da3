//! The port of a service.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::projection::{Row, asked, headers, write};
use rdbfetch::service::{Convert, Field, Operation, Projection, Root, Source, When};
use rdbfetch::value::{Parameters, Value, first_text};

use crate::answer::Reply;
use crate::journal::{Call, Verdict};
use crate::links::LinkMaker;
use crate::nonces::Nonces;
use crate::pages::page;
use crate::parameters::Sources;
use crate::refusal::{Refusal, check};
use crate::route::{Route, route};
use crate::server::{Answer, Handler, Request};
use crate::shared::Shared;
use crate::sign;
use crate::stock::Shelf;

/// Answers the calls of a service.
pub(crate) struct Api {
    metadata: &'static ServiceMetadata,
    /// Whether the members of a JSON body are signed as those of a form are.
    signs_members: bool,
    shared: Arc<Shared>,
    nonces: Mutex<Nonces>,
    calls: AtomicU64,
}

/// A call that is well signed and well formed.
pub(crate) struct Asked<'a> {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: &'a Parameters,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
    /// What the service has.
    pub(crate) shelf: &'a Shelf,
    pub(crate) links: &'a LinkMaker,
}

/// What an operation has to say: its own fields of the answer, and headers.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) body: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Api {
    pub(crate) fn new(metadata: &'static ServiceMetadata, shared: Arc<Shared>) -> Self {
        let signs_members = sign::signs_members(metadata);
        Self { metadata, signs_members, shared, nonces: Mutex::default(), calls: AtomicU64::new(0) }
    }

    /// What a request asks for, refused in the order in which vendors do.
    fn serve(&self, request: &Request) -> (Option<&'static Operation>, Result<Said, Refusal>) {
        let now = request.now;
        let draft = sign::draft(request, self.signs_members);
        let sources = Sources::new(request, &draft);
        let route = match route(self.metadata.service, &request.method, &request.path, &sources) {
            Ok(route) => route,
            Err(refusal) => return (None, Err(refusal)),
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
        if let Some(nonce) = signed.nonce.filter(|_| self.names(operation, When::Replayed)) {
            let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            if !nonces.fresh(&signed.access_key, &nonce, now, self.metadata.service.clock_window) {
                return Err(Refusal::new(When::Replayed, "the nonce was used before"));
            }
        }
        if sources.broken_json(route) {
            return Err(Refusal::new(When::BadType, "the body is no JSON object"));
        }
        if self.names(operation, When::UnknownParameter)
            && let Some(name) = sources.unknown(route, self.metadata)
        {
            return Err(Refusal::new(When::UnknownParameter, format!("there is no parameter {name:?}")));
        }
        check(operation, &parameters, &problems)?;
        if !operation.creates.is_empty() {
            return self.create(operation, &parameters, now);
        }
        let service = self.metadata.service.name;
        let stock = self.shared.stock();
        let nothing = Shelf::default();
        let shelf = stock.shelf(service).unwrap_or(&nothing);
        let links = &self.shared.links;
        say(&Asked { service, operation, parameters: &parameters, request, now, shelf, links })
    }

    /// Makes a backup, and answers what the spec says of it.
    fn create(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Said, Refusal> {
        let asked = asked(operation.creates, &|name| value_of(parameters, name));
        let instance = asked.text(Field::Instance).unwrap_or_default();
        let service = self.metadata.service.name;
        let made = created(&self.shared, service, instance, asked.text(Field::Name))?;
        let row = Row::new()
            .with(Field::Instance, instance)
            .with(Field::Backup, made.backup)
            .with(Field::Task, made.task);
        let mut body = Value::Object(serde_json::Map::new());
        write(operation.creates, std::slice::from_ref(&row), &mut body, now);
        Ok(Said { body, headers: headers(operation.creates, &[row], now) })
    }

    /// Whether the spec says what is answered in a situation. Some services do not mind what others refuse.
    fn names(&self, operation: &Operation, when: When) -> bool {
        let mut errors = operation.errors.iter().chain(self.metadata.service.errors);
        errors.any(|error| error.when.contains(&when))
    }
}

impl Handler for Api {
    fn answer(&self, request: &Request) -> Answer {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let (operation, result) = self.serve(request);
        let reply = Reply::new(self.metadata, operation, number);
        let (answer, verdict) = match result {
            Ok(said) => (reply.success(said), Verdict::Answered),
            Err(refusal) => {
                let answer = reply.refused(&refusal);
                let Refusal { when, reason, expected } = refusal;
                (answer, Verdict::Refused { when: Some(when), reason, expected })
            }
        };
        self.shared.journal.note(Call {
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
    pub(crate) fn asked(&self, projections: &[Projection]) -> Row {
        asked(projections, &|name| value_of(self.parameters, name))
    }

    /// The lifetime that the caller asks for, in seconds.
    pub(crate) fn lifetime(&self, source: &Source) -> Option<u64> {
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

/// A backup that was just asked for.
struct Made {
    /// Its id.
    backup: String,
    /// The number of the task that makes it.
    task: String,
}

/// Makes a backup of an instance. Here the world takes over; as long as it cannot, the call says so.
fn created(shared: &Shared, service: &str, instance: &str, _name: Option<&str>) -> Result<Made, Refusal> {
    let stock = shared.stock();
    let mut instances = stock.shelf(service).into_iter().flat_map(|shelf| &shelf.instances);
    if !instances.any(|known| known.id == instance) {
        return Err(Refusal::new(When::NoInstance, format!("there is no instance {instance:?}")));
    }
    Err(Refusal::new(When::Internal, "this emulator makes no backups"))
}

/// What the operation answers.
fn say(call: &Asked<'_>) -> Result<Said, Refusal> {
    let mut said = Said { body: Value::Object(serde_json::Map::new()), headers: Vec::new() };
    let Asked { operation, now, .. } = *call;
    let lists_links = lists_links(operation);
    if !operation.links.is_empty() && !lists_links {
        let rows = call.files()?;
        write(operation.links, &rows, &mut said.body, now);
        said.headers.extend(headers(operation.links, &rows, now));
    }
    if lists_links || !operation.backups.is_empty() {
        let listing = if operation.backups.is_empty() { operation.links } else { operation.backups };
        let (rows, backups): (Vec<Row>, Vec<_>) = call.backups(listing)?.into_iter().unzip();
        let range = page(call, listing, &rows, &mut said)?;
        if lists_links {
            let of = |at| call.links_of(backups[at], &rows[at]);
            let rows: Vec<Row> = range.clone().flat_map(of).collect();
            write(operation.links, &rows, &mut said.body, now);
            said.headers.extend(headers(operation.links, &rows, now));
        }
        write(operation.backups, &rows[range], &mut said.body, now);
    }
    if !operation.instances.is_empty() {
        let rows = call.instances()?;
        let range = page(call, operation.instances, &rows, &mut said)?;
        write(operation.instances, &rows[range], &mut said.body, now);
    }
    Ok(said)
}

/// Whether an operation answers with the links of many backups.
pub(crate) fn lists_links(operation: &Operation) -> bool {
    let listed = !operation.backups.is_empty() || !is_asked(operation.links, Field::Backup);
    !operation.links.is_empty() && listed
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
