//! The control API: JSON over HTTP on a port of its own, for programs on this machine.

mod clock;
mod guard;
pub(crate) mod lever;
mod world;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::journal::Call;
use crate::server::{Answer, Handler, Request};
use lever::{Lever, NewBackup, Trouble};

/// Bytes that the body of a request may have.
const MAX_BODY: usize = 16 << 20;
/// Bytes that a snapshot may have.
const MAX_SNAPSHOT: usize = 256 << 20;
/// How many calls a request for the journal gets unless it asks for more or fewer.
const LIMIT: usize = 1000;
/// What there is: path, methods, and what for.
const ROUTES: [(&str, &str, &str); 12] = [
    ("/", "GET", "what there is"),
    ("/health", "GET", "whether the emulator answers"),
    ("/clock", "GET, PUT", "the clock: real, offset, frozen or stepped"),
    ("/clock/advance", "POST", "moves the clock"),
    ("/faults", "GET, POST, DELETE", "the rules by which calls go wrong"),
    ("/faults/{name}", "DELETE", "one of these rules"),
    ("/journal", "GET, DELETE", "the calls; service, operation, verdict, after and limit choose"),
    ("/reset", "POST", "everything as it was at the start"),
    ("/snapshot", "GET, PUT", "everything, to be restored later"),
    ("/world", "GET", "services, instances and backups"),
    ("/backups", "POST", "begins a backup"),
    ("/backups/{service}/{instance}/{backup}", "DELETE", "removes a backup"),
];

/// Answers the requests of the control port.
pub(crate) struct Control {
    lever: Lever,
}

impl Control {
    pub(crate) fn new(lever: Lever) -> Self {
        Self { lever }
    }

    fn serve(&self, request: &Request) -> Result<Answer, Trouble> {
        if let Some(trouble) = guard::turned_away(request) {
            return Err(trouble);
        }
        let path: Vec<String> = request
            .path
            .split('/')
            .skip(1)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some((_, methods, _)) = ROUTES.iter().find(|(route, _, _)| is_route(route, &path)) else {
            return Err((404, format!("there is no {:?}; GET / tells what there is", short(&request.path))));
        };
        if !methods.split(", ").any(|method| method == request.method) {
            let problem = format!("{} is not possible here; {methods} is", short(&request.method));
            return Ok(trouble(405, &problem).with("allow", *methods));
        }
        match request.method.as_str() {
            "GET" => self.get(&path, request),
            "DELETE" => self.delete(&path),
            _ => self.change(&path, request),
        }
    }

    fn get(&self, path: &[&str], request: &Request) -> Result<Answer, Trouble> {
        let lever = &self.lever;
        Ok(match path {
            ["health"] => json(200, &json!({"status": "ok"})),
            ["clock"] => json(200, &clock::show(lever.clock())),
            ["faults"] => json(200, &json!({"faults": lever.faults().save()})),
            ["journal"] => json(200, &self.journal(request)?),
            ["snapshot"] => json(200, &lever.snapshot()?),
            ["world"] => json(200, &lever.world()),
            _ => {
                let mut facts = lever.facts();
                let routes = ROUTES
                    .map(|(path, methods, what)| json!({"path": path, "methods": methods, "what": what}));
                facts["routes"] = json!(routes);
                json(200, &facts)
            }
        })
    }

    fn delete(&self, path: &[&str]) -> Result<Answer, Trouble> {
        let lever = &self.lever;
        match path {
            ["faults"] => lever.faults().clear(),
            ["faults", name] => {
                if !lever.faults().remove(name) {
                    return Err((404, format!("there is no rule {:?}", short(name))));
                }
            }
            ["backups", service, instance, backup] => lever.delete_backup(service, instance, backup)?,
            _ => lever.journal().clear(),
        }
        Ok(done())
    }

    fn change(&self, path: &[&str], request: &Request) -> Result<Answer, Trouble> {
        let lever = &self.lever;
        let bad = |problem: String| (400, problem);
        if let ["reset"] = path {
            lever.reset();
            return Ok(done());
        }
        let body = body(request)?;
        match path {
            ["clock"] => {
                clock::set(lever.clock(), body).map_err(bad)?;
                Ok(json(200, &clock::show(lever.clock())))
            }
            ["clock", "advance"] => {
                clock::advance(lever.clock(), body).map_err(bad)?;
                Ok(json(200, &clock::show(lever.clock())))
            }
            ["faults"] => {
                let list = if let Value::Array(list) = body { list } else { vec![body] };
                let read = list.into_iter().map(Fault::from_value).collect::<Result<Vec<_>, _>>();
                let names = read.and_then(|faults| lever.faults().add_all(faults));
                Ok(json(201, &json!({"names": names.map_err(|error| bad(error.to_string()))?})))
            }
            ["backups"] => {
                let asked: NewBackup =
                    serde_json::from_value(body).map_err(|error| bad(error.to_string()))?;
                Ok(json(201, &lever.create_backup(asked)?))
            }
            _ => {
                lever.restore(body)?;
                Ok(done())
            }
        }
    }

    /// The calls that the query of a request asks for.
    fn journal(&self, request: &Request) -> Result<Value, Trouble> {
        let mut calls = self.lever.journal().calls();
        let latest = calls.last().map_or(0, |call| call.number);
        let mut limit = LIMIT;
        for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = value.replace('+', " ");
            let value = percent_decode_str(&value).decode_utf8_lossy().into_owned();
            let number = || {
                let problem = format!("`{name}`: a whole number is expected, not {:?}", short(&value));
                value.parse::<u64>().map_err(|_| (400, problem))
            };
            calls = match name {
                "service" => calls.of(&value),
                "operation" => calls.operation(&value),
                "verdict" if !["answered", "refused", "faulted"].contains(&value.as_str()) => {
                    let problem = format!(
                        "`verdict`: answered, refused or faulted is expected, not {:?}",
                        short(&value)
                    );
                    return Err((400, problem));
                }
                "verdict" => calls.which("", |call: &Call| call.verdict.word() == value),
                "after" => calls.after(number()?),
                "limit" => {
                    limit = usize::try_from(number()?).unwrap_or(usize::MAX);
                    calls
                }
                _ => {
                    let problem = "there are service, operation, verdict, after and limit";
                    return Err((400, format!("`{}` is not known; {problem}", short(name))));
                }
            };
        }
        let more = calls.len() > limit;
        let shown: Vec<Value> = calls.iter().take(limit).map(Call::to_value).collect();
        Ok(json!({"calls": shown, "more": more, "latest": latest}))
    }
}

impl Handler for Control {
    fn answer(&self, request: &Request) -> Answer {
        self.serve(request).unwrap_or_else(|(status, problem)| trouble(status, &problem))
    }

    fn most(&self, path: &str) -> Option<usize> {
        Some(if path == "/snapshot" { MAX_SNAPSHOT } else { MAX_BODY })
    }

    fn unreadable(&self, status: u16, reason: &str) -> Answer {
        trouble(status, reason)
    }
}

/// Whether a path is one of a route, in which braces stand for anything.
fn is_route(route: &str, path: &[&str]) -> bool {
    let route: Vec<&str> = route.split('/').skip(1).collect();
    let fits =
        |(wanted, there): (&&str, &&str)| wanted == there || (wanted.starts_with('{') && !there.is_empty());
    route.len() == path.len() && route.iter().zip(path).all(fits)
}

/// The body of a request.
fn body(request: &Request) -> Result<Value, Trouble> {
    serde_json::from_slice(&request.body).map_err(|error| (400, format!("the body is no JSON: {error}")))
}

fn json(status: u16, value: &Value) -> Answer {
    Answer::new(status, "application/json", format!("{value}\n"))
}

fn trouble(status: u16, problem: &str) -> Answer {
    json(status, &json!({"error": problem}))
}

fn done() -> Answer {
    Answer { status: 204, ..Answer::default() }
}

/// What a request says, as far as it is worth repeating.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
