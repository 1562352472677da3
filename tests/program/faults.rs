//! What `rdbfetch pull` makes of services and stores that go wrong, and what lies in the folder afterwards.

use std::fs;
use std::path::Path;

use crate::emulated::Emulator;
use crate::support::{Done, rdbfetch, repository, services, words};

/// A service whose samples have three files and sizes in bytes.
const SHARDED: &str = "tencent";

/// The names of what is in a folder, without what all of them begin with.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

/// What a file with its final name must be: the number of the file follows the ids, and may be all there is.
fn sample(name: &str) -> Vec<u8> {
    let mut parts = name.strip_suffix(".rdb").expect("a file").rsplit('-');
    let number = parts.find_map(|part| part.parse::<usize>().ok().filter(|number| *number < 3)).unwrap_or(0);
    fs::read(repository(&format!("emulator/samples/shard-{number}.rdb"))).expect("a sample")
}

/// Pulls from an emulator with this rule, and looks at what is there afterwards: never a wrong file under a final name.
/// Of the other files the end of the name is given.
fn pull(service: &str, rule: &str, times: usize) -> (Done, Vec<String>) {
    let emulator = Emulator::run(rdbfetch(["emulator", "--quiet", "--fault", rule]));
    let folder = tempfile::tempdir().expect("a folder");
    let instance = emulator.facts["samples"][service]["instance"].as_str().expect("an id");
    let line = format!("pull {service} --instance {instance} --backup latest --dir out --quiet --retries 2");
    let pull = || emulator.against(service, &line).folder(folder.path()).done();
    let done = (1..times).fold(pull(), |_, _| pull());
    let out = folder.path().join("out");
    let mut left = Vec::new();
    for name in names(&out) {
        if name.ends_with(".manifest.json") || name.ends_with(".sha256") {
            // What vouches for the files; the tests of pull have more about it.
        } else if name.ends_with(".rdb") {
            let content = fs::read(out.join(&name)).expect("the file");
            assert!(content == sample(&name), "{service}: {rule}: {name} is wrong\n{}", done.err);
            left.push(name.rsplit('-').next().expect("a part").to_owned());
        } else {
            let (_, end) = name.split_once(".rdb").expect("it is named after a file");
            left.push(end.to_owned());
        }
    }
    assert!(!done.err.contains("panicked"), "{rule}: {}", done.err);
    (done, left)
}

/// Pulls with each of these rules, some at a time.
fn each<T: Sync>(rows: &[T], test: impl Fn(&T) + Sync) {
    for some in rows.chunks(12) {
        std::thread::scope(|scope| {
            for row in some {
                scope.spawn(|| test(row));
            }
        });
    }
}

const ALL: &[&str] = &["0.rdb", "1.rdb", "2.rdb"];
const OTHERS: &[&str] = &["1.rdb", "2.rdb"];

/// A rule, the exit code, what is in the folder, and what the message says.
type Row = (&'static str, i32, &'static [&'static str], &'static str);

/// The first file goes wrong, always or at first.
const OF_A_FILE: &[Row] = &[
    ("file=0,reset", 3, OTHERS, "connection reset"),
    ("file=0,times=1,reset", 0, ALL, ""),
    // What arrived stays, and the rest is asked for.
    ("file=0,reset.after=1000", 0, ALL, ""),
    ("file=0,reset.after=10", 3, &[".part", ".part.journal", "1.rdb", "2.rdb"], "connection reset"),
    ("file=0,times=2,reset.after=1000", 0, ALL, ""),
    ("file=0,cut=1000", 0, ALL, ""),
    ("file=0,cut=10", 3, &[".part", ".part.journal", "1.rdb", "2.rdb"], "before message length"),
    ("file=0,times=1,cut=1000", 0, ALL, ""),
    ("file=0,cut.after=1000,cut.length=false", 0, ALL, ""),
    ("file=0,times=1,cut.after=1000,cut.length=false", 0, ALL, ""),
    ("file=0,no_length", 0, ALL, ""),
    ("file=0,truncated_length=1000", 3, OTHERS, "announced 1000 bytes for the part"),
    ("file=0,times=1,truncated_length=1000", 0, ALL, ""),
    ("file=0,ignore_range,truncated_length=1000", 8, OTHERS, "1000 bytes, but the service says"),
    ("file=0,flip=1", 8, &[".corrupt", "1.rdb", "2.rdb"], "is corrupt: the checksum"),
    ("file=0,flip.byte=0", 8, OTHERS, "not an RDB file"),
    ("file=0,error_page", 8, OTHERS, "125 bytes, but the service says"),
    ("file=0,times=1,error_page", 0, ALL, ""),
    ("file=0,error_page,no_length", 8, OTHERS, "most likely an error page"),
    ("file=0,expired", 3, OTHERS, "HTTP 403"),
    ("file=0,times=1,expired", 0, ALL, ""),
    ("file=0,changed", 8, OTHERS, "but the service says"),
    ("file=0,status=503", 3, OTHERS, "HTTP 503"),
    ("file=0,times=1,status=503", 0, ALL, ""),
    ("file=0,content_range=start", 3, OTHERS, "sent bytes 1-"),
    ("file=0,times=1,content_range=start", 0, ALL, ""),
    ("file=0,content_range=total", 8, OTHERS, "but the service says"),
    ("file=0,content_range=missing", 3, OTHERS, "without saying which"),
    ("file=0,ignore_range", 0, ALL, ""),
    ("file=0,ignore_range,times=3,cut=1000", 0, ALL, ""),
    ("file=0,etag=missing", 0, ALL, ""),
    ("file=0,etag=weak", 0, ALL, ""),
];

/// All files go wrong, or the service does.
const OF_ALL: &[Row] = &[
    ("port=files,reset", 7, &[], "connection reset"),
    ("port=files,refuse", 7, &[], "connection refused"),
    ("port=files,expired", 4, &[], "HTTP 403"),
    ("port=files,status=503", 7, &[], "HTTP 503"),
    ("port=files,status=404", 5, &[], "HTTP 404"),
    ("port=files,latency=10ms", 0, ALL, ""),
    ("port=api,refuse", 7, &[], "connection refused"),
    ("port=api,reset", 7, &[], "connection reset"),
    ("port=api,cut=10", 7, &[], "before message length"),
    ("throttle=0s", 7, &[], "Wait a little"),
    ("when=not-ready", 6, &[], "as finished"),
    ("operation=DescribeBackupUrl,when=not-ready", 6, &[], "as finished"),
    ("operation=DescribeBackupUrl,when=no-backup", 5, &[], "DescribeBackupUrl"),
    ("when=bad-signature", 4, &[], "Signature"),
    ("when=denied", 4, &[], "DescribeInstanceBackups"),
    ("when=internal", 7, &[], "InternalError"),
    ("port=api,status=502", 7, &[], "HTTP 502"),
    // The client goes by the clock of the service then.
    ("clock_skew=-10m", 0, ALL, ""),
    ("operation=DescribeBackupUrl,null_links", 1, &[], "no download link"),
    ("operation=DescribeBackupUrl,wrong_types", 1, &[], "no download link"),
    ("operation=DescribeBackupUrl,duplicate_keys", 1, &[], "no download link"),
    ("deep=100000", 1, &[], "nests too deeply"),
    ("port=api,body=x", 1, &[], "is not JSON"),
    ("huge=1MiB", 0, ALL, ""),
    // What is not listed cannot be missed.
    ("missing_shard=1", 0, &["0.rdb", "2.rdb"], ""),
    ("missing_shard=last", 0, &["0.rdb", "1.rdb"], ""),
];

fn is_as_told(&(rule, code, left, message): &Row) {
    let (done, there) = pull(SHARDED, rule, 1);
    assert_eq!(done.code, Some(code), "{rule}: {}", done.err);
    assert_eq!(there, left, "{rule}: {}", done.err);
    if code != 0 {
        assert!(done.message().contains(message), "{rule}: {}", done.err);
    }
}

#[test]
fn one_file_goes_wrong() {
    each(OF_A_FILE, is_as_told);
}

#[test]
fn everything_goes_wrong() {
    each(OF_ALL, is_as_told);
}

#[test]
fn a_service_that_throttles_is_asked_three_times() {
    for (refused, code) in [(1, 0), (2, 0), (3, 7)] {
        let rule = format!("operation=DescribeInstanceBackups,times={refused},throttle=0s");
        let (done, there) = pull(SHARDED, &rule, 1);
        assert_eq!(done.code, Some(code), "{}", done.err);
        assert_eq!(there.len(), if code == 0 { 3 } else { 0 });
    }
}

#[test]
fn no_service_gets_a_wrong_file_under_its_name() {
    let rules = words(
        "port=files,flip=1 port=files,cut=1000 port=files,cut.after=1000,cut.length=false \
         port=files,truncated_length=1000 port=files,error_page port=files,body=hello",
    );
    let rows: Vec<_> = services()
        .flat_map(|service| rules.iter().map(move |rule| (service.service.name, rule.as_str())))
        .collect();
    each(&rows, |(service, rule)| {
        let (done, there) = pull(service, rule, 1);
        let code = match *rule {
            // What is there is right, and the rest is asked for.
            "port=files,cut=1000" | "port=files,cut.after=1000,cut.length=false" => 0,
            "port=files,truncated_length=1000" | "port=files,body=hello" => 7,
            _ => 8,
        };
        assert_eq!(done.code, Some(code), "{service}: {rule}: {}", done.err);
        assert!(
            code == 0 || !there.iter().any(|name| name.ends_with(".rdb")),
            "{service}: {rule}: {there:?}"
        );
    });
}
