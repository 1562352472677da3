//! `rdbfetch pull`, killed at any byte, and run again.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{ACCESS_KEY, PROGRAM, SECRET_KEY, rdbfetch, words};

pub const LENGTH: usize = 1 << 20;
pub const PIECE: usize = 64 << 10;
const SEEDS: u64 = 12;

/// A file that is whole, as far as can be told.
pub fn content() -> Vec<u8> {
    let mut bytes = b"REDIS0010\x00\x01k\x80".to_vec();
    bytes.extend(u32::try_from(LENGTH - 17 - 9).expect("a small number").to_be_bytes());
    let mut state = 1_u32;
    while bytes.len() < LENGTH - 9 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.push(state.to_be_bytes()[0]);
    }
    bytes.push(0xff);
    bytes.extend([0; 8]);
    bytes
}

/// What happens to whoever fetches.
#[derive(Default)]
struct Fate {
    /// The program that is running.
    child: Option<Child>,
    /// After so many bytes more it is killed.
    left: usize,
    /// Where the parts that were asked for begin.
    asked: BTreeSet<usize>,
}

/// A storage that sends parts of a file, and kills whoever fetches too much.
fn storage(content: Vec<u8>, fate: Arc<Mutex<Fate>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/f?sign=hush", listener.local_addr().expect("an address"));
    let content = Arc::new(content);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (content, fate) = (Arc::clone(&content), Arc::clone(&fate));
            // The client may be gone at any time.
            thread::spawn(move || {
                let _ = serve(stream, &content, &fate);
            });
        }
    });
    url
}

fn serve(mut stream: TcpStream, content: &[u8], fate: &Mutex<Fate>) -> Option<()> {
    let mut range = None;
    for line in BufReader::new(stream.try_clone().ok()?).lines() {
        let line = line.ok()?.to_lowercase();
        if let Some((from, to)) = line.strip_prefix("range: bytes=").and_then(|range| range.split_once('-')) {
            range = Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?.min(content.len() - 1)));
        }
        if line.is_empty() {
            break;
        }
    }
    let (first, last) = range?;
    fate.lock().expect("no panic").asked.insert(first);
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {first}-{last}/{}\r\nContent-Length: {}\r\n\
         ETag: \"e\"\r\nConnection: close\r\n\r\n",
        content.len(),
        last + 1 - first
    );
    stream.write_all(head.as_bytes()).ok()?;
    for some in content[first..=last].chunks(1000) {
        stream.write_all(some).ok()?;
        let mut fate = fate.lock().expect("no panic");
        fate.left = fate.left.saturating_sub(some.len());
        if fate.left == 0 {
            return fate.child.as_mut()?.kill().ok();
        }
    }
    Some(())
}

/// The pieces that a journal says are there, by where they begin.
pub fn claimed(journal: &Path) -> BTreeSet<usize> {
    let text = fs::read_to_string(journal).unwrap_or_default();
    let lines = text.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
    lines
        .filter_map(|line| line.split(' ').nth(1)?.parse::<usize>().ok())
        .map(|index| index * PIECE)
        .collect()
}

/// A cloud with one file.
fn cloud(content: &[u8]) -> (Server, Arc<Mutex<Fate>>) {
    let fate = Arc::new(Mutex::new(Fate { left: usize::MAX, ..Fate::default() }));
    let url = storage(content.to_vec(), Arc::clone(&fate));
    let infos = json!([{"FileName": "f", "FileSize": LENGTH, "DownloadUrl": url}]);
    let body = json!({"Response": {"BackupInfos": infos, "RequestId": "r-1"}}).to_string();
    (Server::start(move |_| Reply::new(200, body.clone())), fate)
}

#[test]
fn a_killed_pull_is_gone_on_with() {
    let content = content();
    let (api, fate) = cloud(&content);
    let mut resumed = 0;
    for seed in 0..SEEDS {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, journal) =
            (folder.path().join("i-b-000-f.rdb"), folder.path().join("i-b-000-f.rdb.part.journal"));
        let mut state = seed;
        loop {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let there = claimed(&journal);
            let line = format!(
                "pull tencent --instance i --backup b --endpoint {} --accept-unverified --quiet --piece {PIECE}{}",
                api.url,
                if seed % 2 == 0 { "" } else { " --no-fsync" }
            );
            let mut run = rdbfetch(words(&line)).keys().folder(folder.path());
            let out = {
                // Until it is known here, nobody is served.
                let mut fate = fate.lock().expect("no panic");
                let mut child =
                    run.command().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
                let out = child.stdout.take().expect("a pipe");
                *fate = Fate {
                    left: 1 + usize::try_from(state >> 33).expect("31 bits") % LENGTH,
                    child: Some(child),
                    asked: BTreeSet::new(),
                };
                out
            };
            // It ends when the program does.
            io::copy(&mut BufReader::new(out), &mut io::sink()).expect("a pipe");
            let child = fate.lock().expect("no panic").child.take();
            let status = child.expect("the program").wait().expect("it ended").success();
            let asked = std::mem::take(&mut fate.lock().expect("no panic").asked);
            assert!(asked.is_disjoint(&there), "seed {seed}: {asked:?} were there: {there:?}");
            resumed += there.len();
            if let Ok(bytes) = fs::read(&target) {
                assert!(bytes == content, "seed {seed}: a wrong file under its name");
                break;
            }
            assert!(!status, "seed {seed}: it ended well without a file");
        }
    }
    assert!(resumed > 0, "nothing was gone on with");
}

/// With files that can be no larger than a part of this one.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_is_9_and_what_is_there_stays() {
    let content = content();
    let (api, fate) = cloud(&content);
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!(
        "pull tencent --instance i --backup b --endpoint {} --accept-unverified --piece 16384 --dir {}",
        api.url,
        folder.path().display()
    );
    let limited = format!("trap '' XFSZ; ulimit -f 400; exec {PROGRAM} {line}");
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &limited]).env_clear().env("HOME", home.path());
    shell
        .env("RDBFETCH_ACCESS_KEY", ACCESS_KEY)
        .env("RDBFETCH_SECRET_KEY", SECRET_KEY)
        .env("RDBFETCH_REGION", "r");
    let output = shell.output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(9), "{said}");
    assert!(said.contains("\"kind\":\"disk\""), "{said}");
    let there = claimed(&folder.path().join("i-b-000-f.rdb.part.journal"));
    assert!(!there.is_empty() && !folder.path().join("i-b-000-f.rdb").exists(), "{there:?}");

    fate.lock().expect("no panic").asked.clear();
    rdbfetch(words(&line)).keys().done().exits(0);
    assert_eq!(fs::read(folder.path().join("i-b-000-f.rdb")).expect("the file"), content);
    let again: BTreeSet<usize> = there.iter().map(|at| at / PIECE * 16384).collect();
    assert!(fate.lock().expect("no panic").asked.is_disjoint(&again), "{again:?}");
}
