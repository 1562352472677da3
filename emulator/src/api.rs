//! The port of a service.

use std::sync::Arc;
use std::time::Instant;

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::projection::{Row, asked, headers, write};
use rdbfetch::service::{Convert, Field, Operation, Projection, Root, Source, When};
use rdbfetch::value::{Parameters, Value, first_text};

use crate::answer::Reply;
use crate::create;
use crate::faults::{Applied, Shard, Subject, access_key};
use crate::journal::{Call, Verdict};
use crate::links::LinkMaker;
use crate::lists::regions;
use crate::pages::page;
use crate::parameters::Sources;
use crate::refusal::{Refusal, check, entry};
use crate::route::{Route, route};
use crate::scope;
use crate::server::{Accept, Answer, Handler, Request, http_date};
use crate::shared::Shared;
use crate::sign;
use crate::stock::{Accounts, Region, Shelf};
use crate::tally::Tally;
use crate::world::Moment;

/// Answers the calls of a service.
pub(crate) struct Api {
    metadata: &'static ServiceMetadata,
    /// Whether the members of a JSON body are signed as those of a form are.
    signs_members: bool,
    shared: Arc<Shared>,
    tally: Arc<Tally>,
}

/// A call that is well signed and well formed.
pub(crate) struct Asked<'a> {
    pub(crate) service: &'static str,
    pub(crate) operations: &'static [&'static Operation],
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: &'a Parameters,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
    /// The access key of the account for which the caller acts.
    pub(crate) account: &'a str,
    /// The access key of the caller.
    pub(crate) access_key: &'a str,
    pub(crate) accounts: &'a Accounts,
    /// The project that it is about; `None` where it is about all of the caller's.
    pub(crate) project: Option<&'a str>,
    /// What the service has.
    pub(crate) shelf: &'a Shelf,
    /// The regions that it is about.
    pub(crate) regions: &'a [Region],
    pub(crate) links: &'a LinkMaker,
    pub(crate) seed: u64,
    /// What a rule does to the inside of the call.
    pub(crate) amiss: Amiss,
}

/// What a rule does to the inside of a call.
#[derive(Clone, Copy, Default)]
pub(crate) struct Amiss {
    /// The file that lists of links lack.
    pub(crate) missing: Option<Shard>,
    /// Whether the backup that is made fails.
    pub(crate) failed_backup: bool,
}

/// What is seen of a call on the way to its answer: what the journal shows.
#[derive(Default)]
struct Seen {
    operation: Option<&'static Operation>,
    parameters: Parameters,
    access_key: Option<String>,
    signature: Option<&'static str>,
    region: Option<String>,
}

/// What an operation has to say: its own fields of the answer, and headers.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) body: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Api {
    pub(crate) fn new(metadata: &'static ServiceMetadata, shared: Arc<Shared>) -> Self {
        let tally = shared.tally(metadata.service.name);
        let signs_members = sign::signs_members(metadata);
        Self { metadata, signs_members, shared, tally }
    }

    /// What a request asks for, refused in the order in which vendors do.
    fn serve(&self, request: &Request, amiss: Amiss, seen: &mut Seen) -> Result<Said, Refusal> {
        let draft = sign::draft(request, self.signs_members);
        let sources = Sources::new(request, &draft);
        let route = route(self.metadata.service, &request.method, &request.path, &sources)?;
        seen.operation = Some(route.operation);
        let result = self.call(request, &route, &draft, &sources, amiss, seen);
        if seen.access_key.is_none() {
            seen.access_key = access_key(self.metadata, &draft);
        }
        result
    }

    fn call(
        &self,
        request: &Request,
        route: &Route,
        draft: &rdbfetch::sign::Draft,
        sources: &Sources<'_>,
        amiss: Amiss,
        seen: &mut Seen,
    ) -> Result<Said, Refusal> {
        let operation = route.operation;
        let now = request.now;
        let (parameters, problems) = sources.parameters(route);
        seen.parameters = parameters;
        let parameters = &seen.parameters;
        let from_parameters = |setting: &str| {
            let parameter = operation.parameters.iter().find(|parameter| parameter.from == Some(setting))?;
            value_of(parameters, parameter.name)
        };
        let settings = sign::settings(self.metadata, &from_parameters);
        let stock = self.shared.stock();
        let service = self.metadata.service;
        let signed = sign::check(self.metadata, draft, now, &settings, &stock.accounts)?;
        seen.signature = Some(signed.variant);
        if let Some(nonce) = signed.nonce.filter(|_| self.names(operation, When::Replayed)) {
            let window = service.clock_window;
            if !self.tally.nonces(|nonces| nonces.fresh(&signed.access_key, &nonce, now, window)) {
                return Err(Refusal::new(When::Replayed, "the nonce was used before"));
            }
        }
        seen.access_key = Some(signed.access_key.clone()).filter(|key| !key.is_empty());
        if stock.accounts.denies(service, &signed.access_key, operation.name) {
            let reason = format!("{} may not call {}", signed.access_key, operation.name);
            return Err(Refusal::new(When::Denied, reason));
        }
        if sources.broken_json(route) {
            return Err(Refusal::new(When::BadType, "the body is no JSON object"));
        }
        if self.names(operation, When::UnknownParameter)
            && let Some(name) = sources.unknown(route, self.metadata)
        {
            return Err(Refusal::new(When::UnknownParameter, format!("there is no parameter {name:?}")));
        }
        check(operation, parameters, &problems)?;
        let Some(shelf) = stock.shelf(service.name) else {
            return Err(Refusal::new(When::Internal, "the emulator has no state for this service"));
        };
        let signed_for = || signed.settings.iter().find(|(name, _)| name == "region");
        let shown = route.setting("region", sources);
        seen.region = shown.or_else(|| signed_for().map(|(_, region)| region.clone()));
        let regions = regions(shelf, operation, parameters, seen.region.as_deref())?;
        if let [region] = regions {
            seen.region = Some(region.name.clone());
        }
        let (accounts, access_key) = (&stock.accounts, &*signed.access_key);
        let account = accounts.owner(service.name, access_key);
        let mut projects = operation.parameters.iter().filter(|one| one.from == Some("project"));
        // Whoever asks which projects or regions there are need not be in one yet.
        let inside = operation.projects.is_empty() && operation.regions.is_empty();
        let named = projects.next().filter(|_| inside).map(|one| value_of(parameters, one.name));
        let project = scope::project(shelf, accounts, access_key, named)?;
        let project = project.as_deref();
        let (operations, links, seed) = (service.operations, &self.shared.links, self.shared.seed());
        let service = service.name;
        let asked = Asked {
            service,
            operations,
            operation,
            parameters,
            request,
            now,
            account,
            access_key,
            accounts,
            project,
            shelf,
            regions,
            links,
            seed,
            amiss,
        };
        if operation.creates.is_empty() {
            return say(&asked);
        }
        let order = create::order(&asked)?;
        drop(stock);
        create::backup(&self.shared, service, operation.creates, &order, now)
    }

    /// Whether the spec says what is answered in a situation. Some services do not mind what others refuse.
    fn names(&self, operation: &Operation, when: When) -> bool {
        let mut errors = operation.errors.iter().chain(self.metadata.service.errors);
        errors.any(|error| error.when.contains(&when))
    }
}

impl Handler for Api {
    fn answer(&self, request: &Request) -> Answer {
        let began = Instant::now();
        let number = self.tally.next();
        let mut call = Call::new(&request.method, &request.path, request.now);
        call.service = Some(self.metadata.service.name);
        let (mut answer, seen) = match self.shared.faults.any() {
            true => self.faulty(request, number, &mut call),
            false => self.sound(request, number, None, &mut call),
        };
        call.status = answer.status;
        call.operation = seen.operation.map(|operation| operation.name);
        (call.access_key, call.signature) = (seen.access_key, seen.signature);
        call.tell(self.metadata, seen.parameters);
        call.region = call.region.or(seen.region);
        call.took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        answer.delivery.over = Some(self.shared.journal.note(call, began));
        answer
    }

    fn accept(&self) -> Accept {
        self.shared.accept(Some(self.metadata.service.name))
    }
}

impl Api {
    /// The service's own answer, but for what a rule does to the inside of it.
    fn sound(
        &self,
        request: &Request,
        number: u64,
        fault: Option<&Applied>,
        call: &mut Call,
    ) -> (Answer, Seen) {
        let service = self.metadata.service;
        let mut seen = Seen::default();
        let amiss = fault.map_or_else(Amiss::default, |Applied { effects, .. }| Amiss {
            missing: effects.missing_shard,
            failed_backup: effects.failed_backup,
        });
        let result = self.serve(request, amiss, &mut seen);
        let reply = Reply::new(self.metadata, seen.operation, number, self.shared.seed());
        call.request_id = Some(reply.request_id().to_owned());
        let answer = match result {
            Ok(mut said) => {
                if let Some(fault) = fault {
                    fault.effects.alter(&mut said.body, &|text| self.shared.links.is_link(text));
                }
                reply.to(None, seen.region.clone()).success(said)
            }
            Err(refusal) => {
                let reply = reply.to(seen.access_key.clone(), seen.region.clone());
                let answer = reply.refused(&refusal);
                let Refusal { when, reason, expected, .. } = refusal;
                let code = entry(service, seen.operation, when).map(|error| error.code);
                call.verdict = Verdict::Refused { when: Some(when), code, reason, expected };
                answer
            }
        };
        (answer, seen)
    }

    /// An answer where rules may have something to say.
    fn faulty(&self, request: &Request, number: u64, call: &mut Call) -> (Answer, Seen) {
        let subject = Subject::of_call(self.metadata, request);
        let Some(fault) = self.shared.faults.judge(&subject, request.now) else {
            return self.sound(request, number, None, call);
        };
        let skewed = fault.effects.clock_skew.map(|skew| Moment::Relative(skew).on(request.now));
        let reply = || Reply::new(self.metadata, subject.operation, number, self.shared.seed());
        let (mut answer, seen) = match fault.instead(&subject, reply) {
            Some(answer) => {
                let Subject { operation, parameters, account: access_key, .. } = subject;
                (answer, Seen { operation, parameters, access_key, signature: None, region: None })
            }
            None => {
                let request = Request { now: skewed.unwrap_or(request.now), ..request.clone() };
                self.sound(&request, number, Some(&fault), call)
            }
        };
        if let Some(now) = skewed {
            answer = answer.with("date", http_date(now));
        }
        fault.send(&mut answer);
        if let Some(rule) = fault.telling {
            call.verdict = Verdict::Faulted { rule };
        }
        call.faults = fault.names;
        (answer, seen)
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
    let others = [operation.regions, operation.projects, operation.tasks, operation.shards];
    let rows_of = [Asked::regions, Asked::projects, Asked::tasks, Asked::shards];
    for (projections, rows) in others.into_iter().zip(rows_of) {
        if !projections.is_empty() {
            let rows = rows(call)?;
            let range = page(call, projections, &rows, &mut said)?;
            write(projections, &rows[range], &mut said.body, now);
        }
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
