//! `rdbfetch pull`, told to stop by Ctrl-C or by a service manager, and run again.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::killed::{LENGTH, PIECE, claimed, content};
use crate::schemas::validate;
use crate::server::{Reply, Server};
use crate::support::{Run, rdbfetch, words};

/// From this piece on, the storage sends nothing of a file that it holds back.
const HELD: usize = 8;

/// A cloud whose backups are one file each. Of those whose name begins with `slow`, the storage sends the first pieces, and
/// keeps whoever asks for more waiting.
struct Cloud {
    api: Server,
    storage: Arc<Storage>,
    /// Comes when somebody is kept waiting.
    waiting: Receiver<()>,
}

struct Storage {
    content: Vec<u8>,
    holding: AtomicBool,
    told: Mutex<Sender<()>>,
    /// Where the parts of slow files begin that were asked for.
    asked: Mutex<BTreeSet<usize>>,
}

impl Cloud {
    fn new() -> Self {
        let (told, waiting) = channel();
        let storage = Arc::new(Storage {
            content: content(),
            holding: AtomicBool::new(true),
            told: Mutex::new(told),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::clone(&storage);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let storage = Arc::clone(&shared);
                // The client may be gone at any time.
                thread::spawn(move || storage.serve(stream));
            }
        });
        let api = Server::start(move |request| {
            let body: Value = serde_json::from_str(&request.body).expect("a call");
            let backup = body["BackupId"].as_str().expect("a backup");
            let url = format!("http://{address}/{backup}?sign=hush");
            let infos = json!([{"FileName": "f", "FileSize": LENGTH, "DownloadUrl": url}]);
            Reply::new(200, json!({"Response": {"BackupInfos": infos, "RequestId": "r-1"}}).to_string())
        });
        Self { api, storage, waiting }
    }

    fn pull(&self, folder: &Path, line: &str) -> Run {
        let line = format!(
            "pull {line} --endpoint {} --accept-unverified --quiet --connections 1 --piece {PIECE} --no-fsync",
            self.api.url
        );
        rdbfetch(words(&line)).keys().folder(folder)
    }

    /// From now on, nobody is kept waiting.
    fn release(&self) {
        self.storage.holding.store(false, Ordering::SeqCst);
        self.storage.asked.lock().expect("no panic").clear();
    }
}

impl Storage {
    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let (mut range, mut slow) = (None, false);
        for line in BufReader::new(stream.try_clone().ok()?).lines() {
            let line = line.ok()?.to_lowercase();
            slow |= line.starts_with("get /slow");
            if let Some((from, to)) =
                line.strip_prefix("range: bytes=").and_then(|range| range.split_once('-'))
            {
                range = Some((from.parse().ok()?, to.parse::<usize>().ok()?.min(LENGTH - 1)));
            }
            if line.is_empty() {
                break;
            }
        }
        let (first, last): (usize, usize) = range?;
        if slow {
            self.asked.lock().expect("no panic").insert(first);
            if first >= HELD * PIECE && self.holding.load(Ordering::SeqCst) {
                self.told.lock().expect("no panic").send(()).ok()?;
                // Returns when the client goes away.
                let _ = stream.read(&mut [0]);
                return None;
            }
        }
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {first}-{last}/{LENGTH}\r\nContent-Length: {}\r\n\
             ETag: \"e\"\r\nConnection: close\r\n\r\n",
            last + 1 - first
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(&self.content[first..=last]).ok()
    }
}

fn spawn(run: &mut Run) -> Child {
    let command = run.command().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Sends a signal, and gives the exit code, what was written since, and the failure that is told.
fn stop(child: Child, signal: &str) -> (Option<i32>, String, Value) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    let told = err.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok());
    let told = told.unwrap_or_else(|| panic!("a line of JSON in the end: {err}"));
    validate("error", &told);
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"), told["error"].clone())
}

/// The files with a final name, each of which must be whole; and how many pieces are there of the slow one.
fn left(folder: &Path, slow: &str) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with("-f.rdb") {
            assert!(fs::read(entry.path()).expect("the file") == content(), "{name} is not whole");
            names.push(name);
        }
    }
    names.sort();
    (names, claimed(&folder.join(format!("i-{slow}-000-f.rdb.part.journal"))).len())
}

const SIGNALS: [&str; 2] = ["INT", "TERM"];

#[test]
fn one_backup_that_is_stopped_is_gone_on_with() {
    for signal in SIGNALS {
        let cloud = Cloud::new();
        let folder = tempfile::tempdir().expect("a folder");
        let line = "tencent --instance i --backup slow";
        let mut run = cloud.pull(folder.path(), line);
        let child = spawn(&mut run);
        cloud.waiting.recv().expect("it asks for more");
        // The storage would keep it for a minute, and it would end with 7.
        let (code, out, error) = stop(child, signal);
        assert_eq!((code, out.as_str(), &error["kind"]), (Some(130), "", &json!("interrupted")), "{signal}");
        assert_eq!(left(folder.path(), "slow"), (Vec::new(), HELD));

        cloud.release();
        cloud.pull(folder.path(), line).done().exits(0);
        assert_eq!(left(folder.path(), "slow").0, ["i-slow-000-f.rdb"]);
        let asked = cloud.storage.asked.lock().expect("no panic").clone();
        assert_eq!(asked.first(), Some(&(HELD * PIECE)), "what was there is not asked for again");
    }
}

#[test]
fn a_fleet_that_is_stopped_tells_what_is_there_and_is_gone_on_with() {
    for signal in SIGNALS {
        let cloud = Cloud::new();
        let folder = tempfile::tempdir().expect("a folder");
        let targets: String = ["one", "two", "slow", "three", "four"]
            .map(|backup| {
                format!(
                    "{{\"service\":\"tencent\",\"instance\":\"i\",\"backup\":\"{backup}\",\"dir\":\"d\"}}\n"
                )
            })
            .concat();
        fs::write(folder.path().join("fleet.txt"), targets).expect("a file");
        let line = "--targets fleet.txt --jobs 1 --dir out --output jsonl";
        let mut run = cloud.pull(folder.path(), line);
        let child = spawn(&mut run);
        cloud.waiting.recv().expect("it asks for more");
        let (code, out, error) = stop(child, signal);
        assert_eq!((code, &error["kind"]), (Some(130), &json!("interrupted")), "{signal}");
        let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let told: Vec<_> =
            lines.iter().map(|line| (line["status"].as_str(), line["backup"].as_str())).collect();
        let pulled = |backup| (Some("pulled"), Some(backup));
        assert_eq!(told, [pulled("one"), pulled("two"), (Some("summary"), None)]);
        assert_eq!(lines[2]["complete"], false);
        let out = folder.path().join("out/d");
        let whole = ["i-one-000-f.rdb".to_owned(), "i-two-000-f.rdb".to_owned()];
        assert_eq!(left(&out, "slow"), (whole.to_vec(), HELD));

        cloud.release();
        let done = cloud.pull(folder.path(), line).done().exits(0);
        assert_eq!(left(&out, "slow").0.len(), 5);
        let summary: Value = serde_json::from_str(done.out.lines().last().expect("a line")).expect("JSON");
        assert_eq!(
            (&summary["already"], &summary["pulled"], &summary["complete"]),
            (&json!(2), &json!(3), &json!(true))
        );
        let asked = cloud.storage.asked.lock().expect("no panic").clone();
        assert_eq!(asked.first(), Some(&(HELD * PIECE)), "what was there is not asked for again");
    }
}

#[test]
fn a_fleet_is_stopped_while_it_lists() {
    for signal in SIGNALS {
        let (told, asked) = channel();
        let told = Mutex::new(told);
        let api = Server::start(move |_| {
            told.lock().expect("no panic").send(()).expect("the test waits");
            Reply::silence()
        });
        let mut run = rdbfetch(words(&format!("pull tencent --all --quiet --endpoint {}", api.url))).keys();
        let child = spawn(&mut run);
        asked.recv().expect("a call");
        let (code, out, error) = stop(child, signal);
        assert_eq!((code, &error["kind"]), (Some(130), &json!("interrupted")), "{signal}");
        let report: Value = serde_json::from_str(&out).expect("a report");
        validate("fleet", &report);
        assert_eq!(report["summary"]["complete"], false);
    }
}

#[test]
fn a_fleet_is_stopped_while_it_waits_for_its_targets() {
    for signal in SIGNALS {
        let mut run = rdbfetch(words("pull --targets - --quiet")).keys();
        let mut child = run
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // More than a pipe holds: when it is written, the program reads, and it listened to signals before that.
        stdin.write_all("# nothing yet\n".repeat(100_000).as_bytes()).expect("it reads");
        let (code, _, error) = stop(child, signal);
        assert_eq!((code, &error["kind"]), (Some(130), &json!("interrupted")), "{signal}");
        drop(stdin);
    }
}
