//! Running the program and looking at what it said.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rdbfetch::Question;
use rdbfetch::metadata::{self, ServiceMetadata};
use serde_json::Value;

use crate::schemas;

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_rdbfetch");

/// Keys that stand for a person's.
pub const ACCESS_KEY: &str = "AKIDtestaccesskey";
/// See [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "hush-secret+key/of=a&person";
/// See [`ACCESS_KEY`].
pub const TOKEN: &str = "hush+token/of=a&session==";

/// A file of this repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The services, of which there is at least one.
pub fn services() -> impl Iterator<Item = &'static ServiceMetadata> {
    assert!(!metadata::services().is_empty(), "no service is compiled in");
    metadata::services().iter().copied()
}

/// The name of any service.
pub fn a_service() -> &'static str {
    services().next().map(|metadata| metadata.service.name).expect("a service")
}

/// The operation that gives links.
pub fn links_operation(service: &ServiceMetadata) -> &'static str {
    Question::Links.operation(service.service).expect("an operation that gives links").name
}

/// A run of the program that is being prepared.
pub struct Run {
    command: Command,
    /// The document that the command prints, as its schema is called.
    document: Option<String>,
    stdin: Option<Vec<u8>>,
    _folder: tempfile::TempDir,
}

/// What a run ended with.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    /// The document that is on stdout where it is JSON.
    pub document: Option<String>,
}

/// The program with these arguments, in an empty folder, with nobody's credentials, configuration and proxies.
pub fn rdbfetch<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    let document = schemas::document(&args);
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear().current_dir(folder.path());
    command.env("HOME", folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The coverage of an instrumented program goes where its author wants it.
    for (name, value) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("LLVM_") || name.starts_with("RUST_")) {
            command.env(name, value);
        }
    }
    // Whatever a cloud must be configured with, so that lines need not differ from cloud to cloud.
    for setting in services().flat_map(|service| service.service.settings).filter(|one| one.required) {
        command.env(format!("RDBFETCH_{}", setting.name.to_uppercase().replace('-', "_")), "r");
    }
    Run { command, document, stdin: None, _folder: folder }
}

/// The words of a command line.
pub fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

impl Run {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With a person's permanent keys.
    pub fn keys(self) -> Self {
        self.env("RDBFETCH_ACCESS_KEY", ACCESS_KEY).env("RDBFETCH_SECRET_KEY", SECRET_KEY)
    }

    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = Some(bytes.to_vec());
        self.command.stdin(Stdio::piped());
        self
    }

    /// The command itself, for tests that do more than wait.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    pub fn done(mut self) -> Done {
        let mut child = self.command.spawn().expect("the program starts");
        if let (Some(bytes), Some(mut stdin)) = (self.stdin.take(), child.stdin.take()) {
            // The program need not read everything.
            let _ = stdin.write_all(&bytes);
        }
        let output = child.wait_with_output().expect("the program ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Done {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
            document: self.document,
        }
    }
}

impl Done {
    /// The same, having checked the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\nstdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Stdout as one JSON document, which is what its schema says.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out));
        if let Some(document) = &self.document {
            schemas::validate(document, &value);
        }
        value
    }

    /// The members of the one line of JSON that tells of a failure.
    #[track_caller]
    pub fn error(&self) -> Value {
        let lines: Vec<&str> = self.err.lines().filter(|line| line.starts_with("{\"error\"")).collect();
        assert_eq!(lines.len(), 1, "one error line: {}", self.err);
        assert_eq!(
            self.err.lines().last(),
            lines.first().copied(),
            "the error line is the last: {}",
            self.err
        );
        let mut line: Value = serde_json::from_str(lines[0]).expect("JSON");
        schemas::validate("error", &line);
        let error = line["error"].take();
        let names = ["kind", "code", "message", "operation", "request_id", "http_status", "retryable"];
        assert_eq!(keys(&error), sorted(&names), "members of the error line");
        assert!(error["kind"].is_string() && error["message"].is_string() && error["retryable"].is_boolean());
        error
    }

    /// The message of that line.
    #[track_caller]
    pub fn message(&self) -> String {
        self.error()["message"].as_str().expect("text").to_owned()
    }
}

/// The names of an object's members, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    sorted(&value.as_object().expect("an object").keys().map(String::as_str).collect::<Vec<_>>())
}

/// The same, sorted.
pub fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

/// Where each of these stands in the text: they must all be there, in this order.
#[track_caller]
pub fn in_order(text: &str, names: &[&str]) {
    let mut from = 0;
    for name in names {
        let quoted = format!("\"{name}\"");
        let at = text[from..].find(&quoted);
        from +=
            at.unwrap_or_else(|| panic!("{quoted} is not there, or not after the ones before it: {text}"));
        from += quoted.len();
    }
}
