//! The worked examples in the specs: what is sent, how answers read, and which rows they give.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rdbfetch::metadata::{Example, OperationMetadata, ServiceMetadata, services};
use rdbfetch::place::{Field, Projection, Root};
use rdbfetch::service::TimeFormat;
use rdbfetch::sign::Pairs;
use rdbfetch::transport::{BoxFuture, Request, Response, Transport};
use rdbfetch::value::{Parameters, Value};
use rdbfetch::{BackupId, Cloud, Credentials, Error, Timestamp, TransportError, request};
use serde_json::{Map, json};

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
        return needed.map(|known| (known.name, Value::from("example"))).collect();
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
                let json: Value = serde_json::from_str(body).unwrap();
                assert_eq!(reply.json, json, "{name}");
                let own = operation.operation.within.iter().fold(&json, |value, key| &value[*key]);
                let debug = (operation.decode)(own).unwrap_or_else(|why| panic!("{name}: {why}"));
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
                    walk(inner, &path, known, open, problems);
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
        walk(&serde_json::from_str(body).unwrap(), "", &known, &open, &mut problems);
        assert!(problems.is_empty(), "{}: {problems:?}", operation.operation.name);
    }
}

/// The value that an example's request gives to a field bound to a parameter.
fn bound(projections: &[Projection], field: Field, example: &Example) -> String {
    let request: Map<String, Value> = serde_json::from_str(example.request.unwrap_or("{}")).unwrap();
    let name =
        projections.iter().flat_map(|one| one.field(field)).find_map(|source| match source.place.root {
            Root::Request(name) => Some(name),
            _ => None,
        });
    let value = name.and_then(|name| request.get(name)).and_then(Value::as_str);
    value.unwrap_or("example").to_owned()
}

#[test]
fn examples_give_their_rows() {
    let mut rows = 0;
    for (service, operation, example) in all() {
        let Some(gives) = example.gives else { continue };
        let name = operation.operation.name;
        let (cloud, transport) = cloud(service, example);
        let table = operation.operation;
        let found: Vec<Value> = if table.links.is_empty() {
            let instance = bound(table.backups, Field::Instance, example);
            let backups = runtime().block_on(cloud.backups(&instance)).unwrap();
            backups.iter().map(|backup| serde_json::to_value(backup).unwrap()).collect()
        } else {
            let instance = bound(table.links, Field::Instance, example);
            let id = BackupId::new(instance, bound(table.links, Field::Backup, example));
            match runtime().block_on(cloud.backup_links(&id)) {
                Ok(links) => links
                    .files
                    .iter()
                    .map(|file| {
                        json!({
                            "name": file.name,
                            "size": file.size,
                            "public_url": file.public_url.as_ref().map(|link| link.expose()),
                            "internal_url": file.internal_url.as_ref().map(|link| link.expose()),
                            "expires_at": file.expires_at,
                        })
                    })
                    .collect(),
                Err(Error::Answer { .. }) => Vec::new(),
                Err(error) => panic!("{name}: {error}"),
            }
        };
        assert!(!transport.sent.lock().unwrap().is_empty(), "{name}: nothing was sent");
        assert_eq!(found.len(), gives.len(), "{name}: rows");
        let mut wanted: Vec<Map<String, Value>> =
            gives.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        if table.links.is_empty() {
            // The uniform list is sorted; an example lists rows in the order of its answer.
            wanted.sort_by_key(|row| {
                std::cmp::Reverse(row.get("created_at").and_then(Value::as_str).map(str::to_owned))
            });
        }
        for (found, wanted) in found.iter().zip(&wanted) {
            rows += 1;
            for (key, value) in wanted {
                assert_eq!(&found[key], value, "{name}: {key}");
            }
        }
    }
    assert!(rows > 0, "some examples give rows");
}
