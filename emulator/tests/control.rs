//! The control API: every route, and everything that it must not do.

mod support;

use rdbfetch_emulator::{Builder, Clock, Emulator, Fault, StartError};
use serde_json::{Value, json};
use support::{
    ALPHA, BACKUP, BETA, INSTANCE, Reply, Signing, alpha_call, beta_call, fetch, host, read, send, start,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

struct Under {
    emulator: Emulator,
    clock: Clock,
}

impl Under {
    async fn test(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (emulator, clock) =
            start(|builder| configure(builder.control("127.0.0.1:0".parse().unwrap()))).await;
        Self { emulator, clock }
    }

    fn authority(&self) -> &str {
        host(self.emulator.control_url().unwrap())
    }

    /// Sends these bytes to the control port.
    async fn raw(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.authority()).await.unwrap();
        // A server that has seen enough may hang up early; what counts is its answer.
        let _ = stream.write_all(request.as_bytes()).await;
        read(&mut stream).await
    }

    async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let (authority, length) = (self.authority(), body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{headers}");
        self.raw(&format!("{head}Content-Length: {length}\r\n\r\n{body}")).await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.ask("GET", path, "", "").await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{path}");
        reply.json()
    }

    async fn put(&self, method: &str, path: &str, body: Value) -> Reply {
        self.put_text(method, path, &body.to_string()).await
    }

    async fn put_text(&self, method: &str, path: &str, body: &str) -> Reply {
        self.ask(method, path, "Content-Type: application/json\r\n", body).await
    }

    /// What is answered to a request that is wrong.
    async fn wrong(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let reply = self.ask(method, path, "Content-Type: application/json; charset=utf-8\r\n", body).await;
        let answer = reply.json();
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(1), "{answer}");
        (reply.status, answer["error"].as_str().unwrap().to_owned())
    }

    async fn links(&self) -> Reply {
        let url = self.emulator.endpoint("alpha").unwrap();
        let mut draft = alpha_call("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP}), host(url));
        Signing::of(&self.emulator, &self.clock, ALPHA.service).sign(ALPHA.service, &mut draft);
        send(url, &draft).await
    }
}

#[tokio::test]
async fn it_says_what_there_is_without_secrets() {
    let under = Under::test(|builder| builder).await;
    let facts = under.get("/").await;
    for (name, url) in under.emulator.endpoints() {
        assert_eq!(facts["endpoints"][name], **url);
    }
    assert_eq!(facts["files"], under.emulator.files_url());
    let (own, temporary) = (under.emulator.credentials(), under.emulator.temporary_credentials());
    assert_eq!(facts["access_keys"], json!([own.access_key(), temporary.access_key()]));
    assert!(!facts.to_string().contains(own.secret()) && !facts.to_string().contains(temporary.secret()));
    assert_eq!(facts["routes"][0]["path"], "/");
    assert_eq!(under.get("/health").await, json!({"status": "ok"}));
    let world = under.get("/world").await;
    let instance = &world["services"]["alpha"]["regions"]["north-1"]["instances"][0];
    assert_eq!((&instance["id"], &instance["backups"][0]["state"]), (&json!(INSTANCE), &json!("running")));
    assert_eq!(instance["backups"][1]["files"][0]["name"], format!("{BACKUP}-0.rdb"));
    let (emulator, _) = start(|builder| builder).await;
    assert_eq!(emulator.control_url(), None, "only for those who ask for it");
}

#[tokio::test]
async fn the_clock_is_set_and_moved() {
    let under = Under::test(|builder| builder).await;
    assert_eq!(under.get("/clock").await, json!({"mode": "frozen", "now": "2023-11-14T22:13:20Z"}));
    let moved = under.put("POST", "/clock/advance", json!({"by": "10m"})).await;
    assert_eq!(moved.json()["now"], "2023-11-14T22:23:20Z");
    assert_eq!(under.clock.now().to_string(), "2023-11-14T22:23:20Z");
    for (body, expected) in [
        (
            json!({"mode": "frozen", "at": "2030-01-02T03:04:05Z"}),
            json!({"mode": "frozen", "now": "2030-01-02T03:04:05Z"}),
        ),
        (json!({"mode": "frozen"}), json!({"mode": "frozen", "now": "2030-01-02T03:04:05Z"})),
        (
            json!({"mode": "stepped", "at": "2031-01-01T00:00:00Z", "step": "90s"}),
            json!({"mode": "stepped", "now": "2031-01-01T00:00:00Z", "step": "90s"}),
        ),
    ] {
        let reply = under.put("PUT", "/clock", body).await;
        assert_eq!((reply.status, reply.json()), (200, expected));
    }
    // Looking at a stepped clock does not move it, a call does.
    assert_eq!(under.get("/clock").await["now"], "2031-01-01T00:00:00Z");
    under.links().await;
    assert_eq!(under.get("/clock").await["now"], "2031-01-01T00:01:30Z");
    let reply = under.put("PUT", "/clock", json!({"mode": "offset", "ahead": "-1h"})).await.json();
    assert_eq!((&reply["mode"], &reply["ahead"]), (&json!("offset"), &json!("-1h")));
    assert_eq!(under.put("PUT", "/clock", json!({"mode": "real"})).await.json()["mode"], "real");

    for (method, path, body, expected) in [
        ("PUT", "/clock", json!({"mode": "odd"}), "unknown variant `odd`"),
        ("PUT", "/clock", json!({}), "missing field `mode`"),
        ("PUT", "/clock", json!({"mode": "frozen", "at": "noon"}), "`at`: a moment such as"),
        ("PUT", "/clock", json!({"mode": "real", "at": "2030-01-02T03:04:05Z"}), "unknown field `at`"),
        ("PUT", "/clock", json!({"mode": "stepped"}), "missing field `step`"),
        ("PUT", "/clock", json!({"mode": "stepped", "step": "1"}), "`step`: a duration"),
        ("PUT", "/clock", json!({"mode": "offset", "ahead": "x"}), "`ahead`: a duration"),
        ("PUT", "/clock", json!(7), "invalid type"),
        ("POST", "/clock/advance", json!({"by": "-10m"}), "`by`: a duration"),
        ("POST", "/clock/advance", json!({"by": 5}), "invalid type"),
        ("POST", "/clock/advance", json!({}), "missing field `by`"),
    ] {
        let (status, error) = under.wrong(method, path, &body.to_string()).await;
        assert!(status == 400 && error.contains(expected), "{body}: {status} {error}");
    }
    assert_eq!(under.get("/clock").await["mode"], "real", "what was wrong changed nothing");
}

#[tokio::test]
async fn faults_come_and_go() {
    let under = Under::test(|builder| builder).await;
    assert_eq!(under.get("/faults").await, json!({"faults": []}));
    let rule = json!({"name": "once", "on": {"service": "alpha", "operation": "GetLinks"}, "times": 1, "status": 503});
    let reply = under.put("POST", "/faults", rule.clone()).await;
    assert_eq!((reply.status, reply.json()), (201, json!({"names": ["once"]})));
    assert_eq!((under.links().await.status, under.links().await.status), (503, 200));
    assert_eq!(under.get("/faults").await, json!({"faults": [{"fault": rule, "matched": 2, "applied": 1}]}));
    let reply = under.put("POST", "/faults", json!([{"latency": "0s"}, {"on": {"file": 0}, "cut": 5}])).await;
    assert_eq!(reply.json(), json!({"names": ["fault-1", "fault-2"]}));
    let reply = under.ask("DELETE", "/faults/fault%2D1", "", "").await;
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(
        under.wrong("DELETE", "/faults/fault-1", "").await,
        (404, "there is no rule \"fault-1\"".to_owned())
    );
    assert_eq!(under.get("/faults").await["faults"].as_array().map(Vec::len), Some(2));
    for (body, expected) in [
        (json!({"latncy": "1s"}), "`latncy` is not known; the nearest is `latency`"),
        (
            json!({"on": {"service": "alpa"}, "reset": true}),
            "there is no service \"alpa\"; the nearest is alpha",
        ),
        (json!({"name": "once", "reset": true}), "there is a rule \"once\" already"),
        (json!([{"reset": true}, {}]), "the rule says nothing of what goes wrong"),
        (json!("reset"), "a rule is an object, not \"reset\""),
    ] {
        let (status, error) = under.wrong("POST", "/faults", &body.to_string()).await;
        assert!(status == 400 && error.contains(expected), "{body}: {status} {error}");
    }
    assert_eq!(under.get("/faults").await["faults"].as_array().map(Vec::len), Some(2), "all or none");
    assert_eq!(under.ask("DELETE", "/faults", "", "").await.status, 204);
    assert!(under.emulator.faults().is_empty());
}

#[tokio::test]
async fn the_journal_is_read_and_emptied() {
    let under = Under::test(|builder| builder.fault(Fault::any().api().nth(2).status(503))).await;
    let link = under.links().await.json()["Response"]["Files"][0]["Url"].as_str().unwrap().to_owned();
    under.links().await;
    fetch("GET", &format!("{link}0"), &[]).await;
    let numbers = async |query: &str| {
        let answer = under.get(&format!("/journal{query}")).await;
        assert_eq!(answer["latest"], 3);
        let calls = answer["calls"].as_array().unwrap().clone();
        let numbers: Vec<u64> = calls.iter().map(|call| call["number"].as_u64().unwrap()).collect();
        (numbers, answer["more"].as_bool().unwrap())
    };
    for (query, expected, more) in [
        ("", vec![1, 2, 3], false),
        ("?service=alpha", vec![1, 2, 3], false),
        ("?service=be%2A", vec![], false),
        ("?operation=Get*", vec![1, 2], false),
        ("?verdict=answered", vec![1], false),
        ("?verdict=faulted", vec![2], false),
        ("?verdict=refused&service=alpha", vec![3], false),
        ("?after=1", vec![2, 3], false),
        ("?after=1&limit=1", vec![2], true),
        ("?limit=0", vec![], true),
        ("?after=3", vec![], false),
    ] {
        assert_eq!(numbers(query).await, (expected, more), "{query}");
    }
    let text = under.get("/journal").await.to_string();
    assert!(!text.contains("token=") && !text.contains(under.emulator.credentials().secret()));
    for (query, expected) in [
        ("after=x", "`after`: a whole number is expected, not \"x\""),
        ("limit=-1", "`limit`: a whole number"),
        ("verdict=lost", "`verdict`: answered, refused or faulted"),
        ("offset=1", "`offset` is not known"),
    ] {
        let (status, error) = under.wrong("GET", &format!("/journal?{query}"), "").await;
        assert!(status == 400 && error.contains(expected), "{query}: {status} {error}");
    }
    assert_eq!(under.ask("DELETE", "/journal", "", "").await.status, 204);
    assert_eq!(under.get("/journal").await, json!({"calls": [], "more": false, "latest": 0}));
    under.links().await;
    assert_eq!(under.get("/journal").await["latest"], 4, "numbers go on");
}

#[tokio::test]
async fn a_reset_makes_it_as_it_was() {
    let under = Under::test(|builder| builder.fault(Fault::any().nth(2).status(503).named("first"))).await;
    let start = under.get("/clock").await;
    let run = async || {
        let replies = [under.links().await, under.links().await, under.links().await];
        let bodies: Vec<String> = replies.iter().map(Reply::text).collect();
        (replies.map(|reply| reply.status), bodies, under.emulator.journal().last().map(|call| call.number))
    };
    let once = run().await;
    assert_eq!((once.0, once.2), ([200, 503, 200], Some(3)));
    under.put("POST", "/clock/advance", json!({"by": "1d"})).await;
    under.put("POST", "/faults", json!({"status": 500})).await;
    assert_eq!(under.ask("POST", "/reset", "", "").await.status, 204);
    assert!(under.emulator.journal().is_empty());
    assert_eq!(under.get("/clock").await, start);
    assert_eq!(under.emulator.faults().len(), 1);
    let url = under.emulator.endpoint("beta").unwrap();
    let mut draft = beta_call("POST", &[("Action", "GetLink"), ("backup", BACKUP)], host(url));
    Signing::of(&under.emulator, &under.clock, BETA.service).sign(BETA.service, &mut draft);
    let code = async || send(url, &draft).await.json()["code"].as_i64();
    under.emulator.clear_faults();
    assert_eq!((code().await, code().await), (Some(0), Some(4500)), "the nonce is used up");
    under.ask("POST", "/reset", "", "").await;
    under.emulator.clear_faults();
    assert_eq!(code().await, Some(0));
    under.ask("POST", "/reset", "", "").await;
    assert_eq!(run().await, once, "the same calls, the same bytes");
}

#[tokio::test]
async fn a_snapshot_is_saved_and_restored() {
    let under = Under::test(|builder| builder.fault(Fault::any().nth(3).status(503).named("third"))).await;
    under.links().await;
    let saved = under.get("/snapshot").await;
    let after = [under.links().await, under.links().await].map(|reply| (reply.status, reply.body));
    assert_eq!((after[0].0, after[1].0), (200, 503));
    under.put("POST", "/clock/advance", json!({"by": "1d"})).await;
    under.ask("DELETE", "/faults", "", "").await;
    assert_eq!(under.put("PUT", "/snapshot", saved.clone()).await.status, 204);
    let again = [under.links().await, under.links().await].map(|reply| (reply.status, reply.body));
    assert_eq!(again, after, "clock, counters and faults go on where they were");

    // Another emulator goes on from it too.
    let other = Under::test(|builder| builder).await;
    assert_eq!(other.put("PUT", "/snapshot", saved.clone()).await.status, 204);
    assert_eq!(other.get("/faults").await, json!({"faults": saved["faults"]}));
    for (path, value, expected) in [
        ("version", json!(99), "version"),
        ("faults", json!([{"fault": {"latncy": "1s"}, "matched": 0, "applied": 0}]), "`latncy` is not known"),
        ("seed", json!("x"), "invalid type"),
        ("more", json!(1), "unknown field `more`"),
    ] {
        let mut wrong = saved.clone();
        wrong[path] = value;
        let (status, error) = other.wrong("PUT", "/snapshot", &wrong.to_string()).await;
        assert!(status == 400 && error.contains(expected), "{path}: {status} {error}");
    }
    assert_eq!(other.get("/snapshot").await, saved, "what was wrong changed nothing");
}

#[tokio::test]
async fn backups_begin_and_are_removed() {
    let under = Under::test(|builder| builder).await;
    let asked = json!({"service": "alpha", "instance": INSTANCE, "takes": "30s"});
    let reply = under.put("POST", "/backups", asked).await;
    assert_eq!(reply.status, 201);
    let id = reply.json()["backup"].as_str().unwrap().to_owned();
    let state = async || {
        let world = under.get("/world").await;
        let backups = world["services"]["alpha"]["regions"]["north-1"]["instances"][0]["backups"]
            .as_array()
            .unwrap()
            .clone();
        backups.into_iter().find(|backup| backup["id"] == *id).map(|backup| backup["state"].clone())
    };
    assert_eq!(state().await, Some(json!("running")));
    under.put("POST", "/clock/advance", json!({"by": "30s"})).await;
    assert_eq!(state().await, Some(json!("finished")));
    let path = format!("/backups/alpha/{INSTANCE}/{id}");
    assert_eq!(under.ask("DELETE", &path, "", "").await.status, 204);
    assert_eq!(state().await, None);
    for (method, path, body, status, expected) in [
        ("DELETE", path.as_str(), json!(null), 404, "there is no backup"),
        ("DELETE", "/backups/x/y/z", json!(null), 404, "serves no service \"x\""),
        ("POST", "/backups", json!({"service": "x", "instance": "y"}), 404, "serves no service \"x\""),
        ("POST", "/backups", json!({"service": "alpha", "instance": "y"}), 404, "there is no instance \"y\""),
        ("POST", "/backups", json!({"service": "alpha"}), 400, "missing field `instance`"),
        ("POST", "/backups", json!({"service": "alpha", "instance": INSTANCE, "takes": "x"}), 400, "`takes`"),
    ] {
        let (got, error) = under.wrong(method, path, &body.to_string()).await;
        assert!(got == status && error.contains(expected), "{method} {path} {body}: {got} {error}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_possible() {
    let under = Under::test(|builder| builder).await;
    for path in ["/nothing", "/faults/a/b", "/faults/", "/clock/", "/backups/a", "//", "/%2e%2e", "/Health"] {
        let (status, error) = under.wrong("GET", path, "").await;
        assert!(status == 404 && error.ends_with("GET / tells what there is"), "{path}: {status} {error}");
    }
    for (method, path, allowed) in [
        ("POST", "/", "GET"),
        ("DELETE", "/health", "GET"),
        ("POST", "/clock", "GET, PUT"),
        ("GET", "/clock/advance", "POST"),
        ("PUT", "/faults", "GET, POST, DELETE"),
        ("GET", "/faults/x", "DELETE"),
        ("POST", "/journal", "GET, DELETE"),
        ("GET", "/reset", "POST"),
        ("POST", "/snapshot", "GET, PUT"),
        ("PUT", "/world", "GET"),
        ("GET", "/backups", "POST"),
        ("PATCH", "/backups/a/b/c", "DELETE"),
        ("OPTIONS", "/faults", "GET, POST, DELETE"),
        ("HEAD", "/faults", "GET, POST, DELETE"),
    ] {
        let reply = under.ask(method, path, "", "").await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allowed)), "{method} {path}");
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    for (path, body) in [("/faults", ""), ("/faults", "{"), ("/faults", "{} {}"), ("/backups", "\u{0}")] {
        let (status, error) = under.wrong("POST", path, body).await;
        assert!(status == 400 && error.starts_with("the body is no JSON"), "{path}: {status} {error}");
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(under.wrong("POST", "/faults", &deep).await.0, 400);
    let (status, error) =
        under.wrong("POST", "/backups", "{\"service\":\"alpha\",\"instances\":\"x\"}").await;
    assert!(status == 400 && error.contains("unknown field `instances`"), "{status} {error}");
}

#[tokio::test]
async fn bodies_have_a_type_and_a_limit() {
    let under = Under::test(|builder| builder).await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json-patch", ""] {
        let header = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        let reply = under.ask("POST", "/faults", &header, "{\"reset\":true}").await;
        assert_eq!(reply.status, 415, "{kind}");
        assert!(reply.json()["error"].as_str().unwrap().ends_with("application/json is expected"));
    }
    assert!(under.emulator.faults().is_empty());
    let long = format!("\"{}\"", "x".repeat((16 << 20) - 1));
    let reply = under.put_text("POST", "/faults", &long).await;
    assert_eq!((reply.status, reply.header("content-type")), (413, Some("application/json")));
    assert_eq!(reply.json()["error"], "the body of the request is too large");
    let body = format!("{{\"body\":\"{}\"}}", "x".repeat(11 << 20));
    assert_eq!(under.wrong("POST", "/clock/advance", &body).await.0, 400, "more than a service takes");
}

#[tokio::test]
async fn web_pages_are_turned_away() {
    let under = Under::test(|builder| builder).await;
    let port = under.authority().rsplit_once(':').unwrap().1.to_owned();
    for headers in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1:8000\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            let reply = under.ask(method, "/faults", headers, "").await;
            assert_eq!(reply.status, 403, "{method} {headers}");
            assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control")));
        }
    }
    for (name, status) in [
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("", 403),
        ("localhost", 200),
        ("127.0.0.1", 200),
        ("[::1]", 200),
    ] {
        let request = format!("GET /health HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n");
        assert_eq!(under.raw(&request).await.status, status, "{name:?}");
    }
    let request = "GET /health HTTP/1.0\r\n\r\n";
    assert_eq!(under.raw(request).await.status, 403, "no Host at all");
}

#[tokio::test]
async fn only_this_machine_reaches_it() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let builder = Emulator::builder().services(support::SERVICES);
        let result = builder.control(address.parse().unwrap()).start().await;
        let error = result.unwrap_err();
        let source = error.get_ref().and_then(|inner| inner.downcast_ref::<StartError>());
        assert!(matches!(source, Some(StartError::Control(_))), "{error:?}");
        assert!(error.to_string().contains("is no loopback address"), "{error}");
    }
}
