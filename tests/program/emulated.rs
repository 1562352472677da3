//! Emulators that the program serves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command};

use serde_json::Value;

use crate::schemas;
use crate::support::{Done, Run, rdbfetch, words};

/// A running emulator, killed at the end of the test if it still runs.
pub struct Emulator {
    pub child: Child,
    pub out: BufReader<ChildStdout>,
    pub facts: Value,
    _run: Run,
}

impl Emulator {
    /// The first line of an emulator that is started with these arguments, and stopped then.
    pub fn first_line(args: &[&str]) -> String {
        let mut run = rdbfetch(["emulator"].iter().chain(args));
        let mut child = run.command().spawn().expect("the program starts");
        let mut line = String::new();
        let read = BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line);
        let _ = child.kill();
        let _ = child.wait();
        read.expect("a line");
        line
    }

    pub fn start(args: &str) -> Self {
        Self::run(rdbfetch(words(&format!("emulator {args}"))))
    }

    pub fn run(mut run: Run) -> Self {
        let mut child = run.command().spawn().expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let facts = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        schemas::validate("emulator", &facts);
        Self { child, out, facts, _run: run }
    }

    /// The program against it, with its keys and in the region of its sample.
    pub fn against(&self, service: &str, line: &str) -> Run {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let keys = &self.facts["credentials"];
        rdbfetch(words(&format!("{line} --endpoint {}", text(&self.facts["endpoints"][service]))))
            .env("RDBFETCH_REGION", &text(&self.facts["samples"][service]["region"]))
            .env("RDBFETCH_ACCESS_KEY", &text(&keys["access_key"]))
            .env("RDBFETCH_SECRET_KEY", &text(&keys["secret_key"]))
    }

    /// Runs the program against it.
    pub fn call(&self, service: &str, line: &str) -> Done {
        self.against(service, line).done()
    }

    /// Asks the control API, and gives the status and the body of its answer.
    pub fn control(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let url = self.facts["control"].as_str().expect("a control API");
        let authority = url.strip_prefix("http://").expect("http");
        let mut stream = TcpStream::connect(authority).expect("a connection");
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
        let kind = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{kind}{body}").as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    /// The same, where JSON is answered.
    #[track_caller]
    pub fn controls(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, text) = self.control(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {text}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
    }

    pub fn signal(&mut self, name: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), pid]).status().expect("kill").success());
        self.child.wait().expect("the program ends").code()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
