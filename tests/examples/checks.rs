//! The worked examples in the specs: what is sent, how answers read, and which rows they give.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rdbfetch::metadata::{Example, OperationMetadata, ServiceMetadata};
use rdbfetch::place::Field;
use rdbfetch::projection::{self, Context, Row};
use rdbfetch::service::{Kind, Operation, TimeFormat, Whole};
use rdbfetch::sign::Pairs;
use rdbfetch::transport::{BoxFuture, Request, Response, Transport};
use rdbfetch::value::{self, Parameters, Value};
use rdbfetch::{BackupFile, Cloud, Credentials, Reply, Timestamp, TransportError, request};
use serde_json::{Map, json};

use crate::services;

/// Answers every request with an example, and keeps what was sent.
struct Canned {
    example: &'static Example,
    sent: Mutex<Vec<Request>>,
}

impl Transport for Canned {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.sent.lock().unwrap().push(request);
        let headers = self.example.headers.iter();
        let response = Response {
            status: self.example.status,
            headers: headers.map(|(name, value)| (name.to_lowercase(), (*value).to_owned())).collect(),
            body: Box::new(Some(Bytes::from(self.example.response.unwrap_or_default()))),
        };
        Box::pin(std::future::ready(Ok(response)))
    }
}

fn cloud(metadata: &ServiceMetadata, example: &'static Example) -> (Cloud, Arc<Canned>) {
    let transport = Arc::new(Canned { example, sent: Mutex::default() });
    let rfc3339 = TimeFormat { format: "", offset: 0 };
    let at = Timestamp::parse(example.at.unwrap_or("2026-01-01T00:00:00Z"), rfc3339).unwrap();
    let mut builder = Cloud::builder(metadata.service)
        .credentials(Credentials::new("AKEXAMPLE", "SKEXAMPLE"))
        .transport(transport.clone())
        .clock(move || at);
    for setting in metadata.service.settings.iter().filter(|setting| setting.required) {
        builder = builder.setting(setting.name, "example");
    }
    for (name, value) in example.settings {
        builder = builder.setting(*name, *value);
    }
    if let Some(method) = example.sends.as_ref().and_then(|sends| sends.method) {
        builder = builder.method(method);
    }
    (builder.build().unwrap(), transport)
}

fn parameters(operation: &OperationMetadata, example: &Example) -> Parameters {
    // Of some documents only the answer is left: any request will do.
    let Some(request) = example.request else {
        let needed =
            operation.operation.parameters.iter().filter(|known| known.required && known.from.is_none());
        let any = |kind: &Kind| if let Kind::String = kind { Value::from("example") } else { Value::from(1) };
        return needed.map(|known| (known.name, any(&known.kind))).collect();
    };
    let request: Map<String, Value> = serde_json::from_str(request).unwrap();
    let pairs: Vec<(String, Value)> = request.into_iter().collect();
    request::parameters(operation.operation, &pairs, rdbfetch::check::Strictness::Documented)
        .unwrap_or_else(|why| panic!("{why}"))
}

fn all() -> impl Iterator<Item = (&'static ServiceMetadata, &'static OperationMetadata, &'static Example)> {
    services().iter().flat_map(|service| {
        service.operations.iter().flat_map(move |operation| {
            operation.examples.iter().map(move |example| (*service, *operation, example))
        })
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn examples_are_valid_and_send_what_the_documents_show() {
    let mut sent = 0;
    for (service, operation, example) in all() {
        let Some(sends) = &example.sends else { continue };
        sent += 1;
        let name = operation.operation.name;
        let (cloud, _) = cloud(service, example);
        let values = parameters(operation, example);
        let checked =
            request::validate(operation.operation, &values, rdbfetch::check::Strictness::Documented);
        // Settings fill what `from` names, so a document's example without a region is complete.
        let missing: Vec<String> =
            checked.err().iter().flat_map(|all| all.iter()).map(|one| one.path.clone()).collect();
        let filled =
            |path: &String| operation.operation.parameter(path).is_some_and(|known| known.from.is_some());
        assert!(missing.iter().all(filled), "{name}: {missing:?}");

        let request = cloud.prepare(operation.operation, &values).unwrap();
        let (_, rest) = request.url.split_once("://").unwrap();
        let (host, target) = rest.split_at(rest.find('/').unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        assert_eq!(sends.method.unwrap_or(&request.method), request.method, "{name}");
        assert_eq!(sends.path.unwrap_or(path), path, "{name}");
        let has = |pairs: &Pairs, wanted: &[(&str, &str)], what: &str| {
            for (key, value) in wanted {
                let found = pairs.get(key).map(|found| found.to_string_lossy());
                assert_eq!(found.as_deref(), Some(*value), "{name}: {what} {key}");
            }
        };
        has(&Pairs::from(query.as_bytes()), sends.query, "query");
        has(&Pairs::from(&request.body[..]), sends.form, "form");
        for (key, value) in sends.headers {
            let mut headers = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(key));
            let found = if key.eq_ignore_ascii_case("host") {
                Some(host)
            } else {
                headers.next().map(|(_, v)| v.as_str())
            };
            assert_eq!(found, Some(*value), "{name}: header {key}");
        }
        if let Some(json) = sends.json {
            let (wanted, body): (Value, Value) =
                (serde_json::from_str(json).unwrap(), serde_json::from_slice(&request.body).unwrap());
            assert_eq!(body, wanted, "{name}");
        }
    }
    assert!(sent > 0, "some examples say what is sent");
}

#[test]
fn examples_read_as_their_types() {
    for (service, operation, example) in all() {
        let Some(body) = example.response else { continue };
        let name = operation.operation.name;
        let (cloud, _) = cloud(service, example);
        let values = parameters(operation, example);
        let outcome = runtime().block_on(cloud.call(operation.operation, values));
        match (outcome, example.error) {
            (Ok(reply), None) => {
                let json = parsed(operation, body);
                assert_eq!(*reply.json(), json, "{name}");
                let own = operation.operation.within.iter().fold(&json, |value, key| &value[*key]);
                // An answer without anything of its own need not show where it would stand.
                let empty = json!({});
                let own = if own.is_null() { &empty } else { own };
                let debug = (operation.decode)(own, operation.operation.lenient)
                    .unwrap_or_else(|why| panic!("{name}: {why}"));
                assert!(!debug.contains("ignature"), "{name}: Debug shows a signed link");
            }
            (Err(error), Some(code)) => {
                let error = error.api().unwrap_or_else(|| panic!("{name}: {error}")).clone();
                assert_eq!(error.code, code, "{name}");
            }
            (Ok(_), Some(code)) => panic!("{name}: read as a success, not as {code}"),
            (Err(error), None) => panic!("{name}: {error}"),
        }
    }
}

/// The body of a successful answer, as an object of fields.
fn parsed(operation: &OperationMetadata, body: &str) -> Value {
    match operation.operation.root {
        Some(whole @ Whole::Text(_)) => {
            whole.wrap(serde_json::from_str(body).unwrap_or_else(|_| Value::from(body.trim())))
        }
        Some(whole) => whole.wrap(serde_json::from_str(body).unwrap()),
        None => serde_json::from_str(body).unwrap(),
    }
}

#[test]
fn examples_hold_no_undeclared_field() {
    fn walk(
        value: &Value,
        path: &str,
        known: &BTreeSet<&str>,
        open: &BTreeSet<&str>,
        problems: &mut Vec<String>,
    ) {
        if open.contains(path) {
            return;
        }
        match value {
            Value::Object(map) if known.contains(format!("{path}[]").as_str()) || path.ends_with("{}") => {
                map.values().for_each(|inner| walk(inner, &format!("{path}[]"), known, open, problems));
            }
            Value::Object(map) => {
                for (key, inner) in map {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    let inside = format!("{path}.");
                    let list = format!("{path}[]");
                    if !known.contains(path.as_str())
                        && !known.iter().any(|one| one.starts_with(&inside) || one.starts_with(&list))
                    {
                        problems.push(path.clone());
                    }
                    // Where a list should stand, one element can stand alone.
                    let alone = inner.is_object()
                        && known.iter().any(|one| one.starts_with(&format!("{list}.")))
                        && !open.contains(path.as_str());
                    walk(inner, if alone { &list } else { &path }, known, open, problems);
                }
            }
            Value::Array(list) => {
                list.iter().for_each(|inner| walk(inner, &format!("{path}[]"), known, open, problems));
            }
            _ => {}
        }
    }
    for (_, operation, example) in all() {
        let Some(body) = example.response else { continue };
        let known: BTreeSet<&str> = operation.response.iter().map(|field| field.path).collect();
        let open: BTreeSet<&str> = operation
            .response
            .iter()
            .filter(|field| field.kind.contains("any") || field.kind.starts_with("map<"))
            .map(|field| field.path)
            .collect();
        let mut problems = Vec::new();
        // An error is an object whatever a success is.
        let json = if example.error.is_some() {
            serde_json::from_str(body).unwrap()
        } else {
            parsed(operation, body)
        };
        walk(&json, "", &known, &open, &mut problems);
        assert!(problems.is_empty(), "{}: {problems:?}", operation.operation.name);
    }
}

/// An example by its place: what a reader looks for when it fails.
fn place(service: &ServiceMetadata, operation: &OperationMetadata, example: &Example) -> String {
    let number = operation.examples.iter().position(|one| std::ptr::eq(one, example)).unwrap_or_default();
    format!("specs/{}/{}.yaml, example {}", service.service.name, operation.operation.name, number + 1)
}

/// The rows that a successful answer holds, as the uniform commands print them.
fn rows(
    service: &ServiceMetadata,
    table: &Operation,
    example: &Example,
    reply: &Reply,
    sent: &Parameters,
) -> Vec<Value> {
    let request = |name: &str| {
        let given =
            sent.iter().find(|(other, _)| *other == name).and_then(|(_, value)| value::first_text(value));
        let from = || table.parameter(name)?.from;
        let told = || example.settings.iter().find(|(setting, _)| Some(*setting) == from());
        let setting = || service.service.setting(from()?)?.default;
        given
            .or_else(|| told().map(|(_, value)| (*value).to_owned()))
            .or_else(|| setting().map(str::to_owned))
    };
    let headers = &reply.headers;
    let context =
        Context { status: reply.status, headers, body: reply.json(), request: &request, now: reply.at };
    let told = [table.instances, table.regions, table.projects, table.tasks, table.shards];
    if let Some(projections) = told.into_iter().find(|projections| !projections.is_empty()) {
        let rows = projection::read(projections, &context);
        let row = |row: &Row| {
            json!({
                "region": row.text(Field::Region),
                "project": row.text(Field::Project),
                "zone": row.text(Field::Zone),
                "default": row.text(Field::Default),
                "task": row.text(Field::Task),
                "shard": row.text(Field::Shard),
                "instance": row.text(Field::Instance),
                "name": row.text(Field::Name),
                "state": row.text(Field::State),
                "kind": row.text(Field::Kind),
            })
        };
        return rows.iter().map(row).collect();
    }
    if table.links.is_empty() {
        let rows = projection::read(table.backups, &context);
        let backups = projection::backups(&rows, "example");
        return backups.iter().map(|backup| serde_json::to_value(backup).unwrap()).collect();
    }
    let files = projection::links(&projection::read(table.links, &context));
    let row = |file: &BackupFile| {
        json!({
            "name": file.name,
            "size": file.size,
            "public_url": file.public_url.as_ref().map(|link| link.expose()),
            "internal_url": file.internal_url.as_ref().map(|link| link.expose()),
            "expires_at": file.expires_at,
        })
    };
    files.iter().map(row).collect()
}

#[test]
fn examples_give_their_rows() {
    let (mut count, mut problems) = (0, Vec::new());
    for (service, operation, example) in all() {
        let Some(gives) = example.gives else { continue };
        let (cloud, _) = cloud(service, example);
        let sent = parameters(operation, example);
        let place = place(service, operation, example);
        // One call, not the uniform command: a document shows one page of a list, whatever its total says.
        let found = match runtime().block_on(cloud.call(operation.operation, sent.clone())) {
            Ok(reply) => rows(service, operation.operation, example, &reply, &sent),
            Err(error) => {
                problems.push(format!("{place}: {error}"));
                continue;
            }
        };
        if found.len() != gives.len() {
            problems.push(format!("{place}: gives {} rows, expected are {}", found.len(), gives.len()));
        }
        for (number, (found, wanted)) in found.iter().zip(gives).enumerate() {
            count += 1;
            let wanted: Map<String, Value> = serde_json::from_str(wanted).unwrap();
            for (key, value) in wanted.iter().filter(|(key, value)| found[*key] != **value) {
                let row = number + 1;
                problems.push(format!("{place}, row {row}: {key} is {}, expected is {value}", found[key]));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 0, "some examples give rows");
}
