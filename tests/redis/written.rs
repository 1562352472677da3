//! What a real server writes, in the hands of the library's check, and altered copies of it in those of the server.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use rdbfetch::rdb::{self, Finding, Report, ValueType};

use super::server::{Server, run};

type Check = fn() -> Result<String, String>;

/// Every check, with its name.
pub const CHECKS: [(&str, Check); 4] = [
    ("files of a real server are followed", plain),
    ("compressed files of a real server are followed", compressed),
    ("files of a real server without a checksum are followed", without_checksum),
    ("what passes the check, altered as it may be, is loaded by a real server", altered),
];

/// Commands that make a server write values of all its types, in each of their encodings.
fn commands(functions: bool) -> String {
    let mut commands =
        String::from("SET short value\nSET tiny 5\nSET negative -300\nSET large 70000\nSET float 1.5\n");
    let mut add = |line: std::fmt::Arguments| {
        _ = commands.write_fmt(line);
        commands.push('\n');
    };
    add(format_args!("SET long {}", "value ".replace(' ', "-").repeat(4000)));
    add(format_args!("SET {} long-name", "n".repeat(300)));
    add(format_args!("SETBIT bits 70000 1"));
    add(format_args!("PFADD visitors a b c d e"));
    add(format_args!("RPUSH list first 2 -300 70000 5000000000 {}", "x".repeat(300)));
    add(format_args!("RPUSH large-elements {} small {}", "y".repeat(9000), "z".repeat(20_000)));
    add(format_args!("SADD integers 1 2 3 -4"));
    add(format_args!("SADD wide-integers 1 70000 5000000000"));
    add(format_args!("SADD words alpha beta gamma"));
    add(format_args!("ZADD scores 1 one 2.5 two inf most -inf least"));
    add(format_args!("HSET hash field value number 12345"));
    add(format_args!("GEOADD places 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"));
    for number in 0..600 {
        add(format_args!("RPUSH many-elements element-{number}"));
        add(format_args!("SADD many-members member-{number}"));
        add(format_args!("ZADD many-scores {number}.25 member-{number}"));
        add(format_args!("HSET many-fields field-{number} value-{number}"));
        add(format_args!("XADD stream {}-1 field-{} {number}", number + 1, number % 3));
    }
    add(format_args!("XDEL stream 5-1 6-1"));
    add(format_args!("XGROUP CREATE stream workers 0"));
    add(format_args!("XREADGROUP GROUP workers alice COUNT 10 STREAMS stream >"));
    add(format_args!("XREADGROUP GROUP workers bob COUNT 5 STREAMS stream >"));
    add(format_args!("XACK stream workers 1-1 2-1"));
    add(format_args!("XGROUP CREATECONSUMER stream workers idle"));
    add(format_args!("XGROUP CREATE stream others $"));
    add(format_args!("XADD empty-stream 1-1 a b"));
    add(format_args!("XDEL empty-stream 1-1"));
    for key in ["short", "list", "hash", "stream"] {
        add(format_args!("PEXPIREAT {key} 9999999999999"));
    }
    for database in 1..16 {
        add(format_args!("SELECT {database}"));
        add(format_args!("SET key-{database} value"));
        add(format_args!("SET temporary value EXAT 9999999999"));
    }
    if functions {
        add(format_args!(
            r##"FUNCTION LOAD "#!lua name=library\nredis.register_function('f', function() return 1 end)""##
        ));
    }
    commands
}

/// How many keys of each type these commands leave.
const TYPES: [(ValueType, u64); 6] = [
    (ValueType::String, 8 + 30 + 1),
    (ValueType::List, 3),
    (ValueType::Set, 4),
    (ValueType::Zset, 3),
    (ValueType::Hash, 2),
    (ValueType::Stream, 2),
];

fn plain() -> Result<String, String> {
    followed(&["--rdbcompression", "no"], Finding::Verified)
}

fn compressed() -> Result<String, String> {
    followed(&["--rdbcompression", "yes"], Finding::Verified)
}

fn without_checksum() -> Result<String, String> {
    // With nodes of several elements, and a limit that makes them many.
    followed(&["--rdbchecksum", "no", "--list-max-listpack-size", "3"], Finding::NoChecksum)
}

/// Has a server write a file, and compares what the check says of it with what the server says.
fn followed(settings: &[&str], finding: Finding) -> Result<String, String> {
    let server = Server::start(None, settings)?;
    server.tell(&commands(true))?;
    let report = saved(&server)?;
    if report.finding != finding {
        return Err(format!("{report:?}"));
    }
    let contents = report.contents.as_deref().ok_or("no contents")?;
    let found: Vec<_> = contents.databases.iter().map(|one| (one.index, one.keys, one.expiries)).collect();
    let wanted = server.databases()?;
    if found != wanted {
        return Err(format!("databases {found:?} in place of {wanted:?}"));
    }
    if contents.by_type != TYPES {
        return Err(format!("types {:?} in place of {TYPES:?}", contents.by_type));
    }
    let version = server.ask("INFO server")?;
    let version = version.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or_default();
    if contents.producer.as_deref() != Some(&format!("Redis {}", version.trim())) || contents.functions != 1 {
        return Err(format!("{contents:?}"));
    }
    let checked = run(Command::new("redis-check-rdb").arg(server.file()))?;
    let keys = format!("{} keys read", contents.keys);
    if !checked.contains(&keys) {
        return Err(format!("redis-check-rdb does not say {keys:?}: {checked}"));
    }
    Ok(format!("{} bytes, {} keys", report.size, contents.keys))
}

/// Has a server save its data, and checks the file.
fn saved(server: &Server) -> Result<Report, String> {
    server.ask("SAVE")?;
    checked(&server.file())
}

fn checked(file: &Path) -> Result<Report, String> {
    std::fs::File::open(file).and_then(rdb::check).map_err(|error| error.to_string())
}

/// Numbers without a pattern, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }
}

/// How many copies of each file are altered, and how many of those that pass are loaded at most.
const COPIES: usize = 2000;
const LOADS: usize = 75;

/// Alters copies of files whose checksum is switched off, so that it is their structure that is judged.
fn altered() -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut numbers = Numbers(1);
    let mut summaries = Vec::new();
    for settings in [
        ["--rdbchecksum", "no", "--rdbcompression", "no"],
        ["--rdbchecksum", "no", "--rdbcompression", "yes"],
    ] {
        let server = Server::start(None, &settings)?;
        // A server compiles functions as it loads them: nothing that a check of a file could do.
        server.tell(&small_commands())?;
        saved(&server)?;
        let original = std::fs::read(server.file()).map_err(|error| error.to_string())?;
        drop(server);
        let (mut passed, mut loaded) = (0, 0);
        for copy in 0..COPIES {
            let mut bytes = original.clone();
            for _ in 0..=numbers.below(3) {
                // Behind the header and what the file says of itself, in front of the checksum.
                let at = 120 + numbers.below(bytes.len() - 130);
                match numbers.below(4) {
                    0 => bytes[at] = u8::try_from(numbers.below(256)).unwrap_or_default(),
                    1 => bytes[at] ^= 1 << numbers.below(8),
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, u8::try_from(numbers.below(256)).unwrap_or_default()),
                }
            }
            let file = folder.path().join("altered.rdb");
            std::fs::write(&file, &bytes).map_err(|error| error.to_string())?;
            let report = checked(&file)?;
            if report.finding != Finding::NoChecksum {
                continue;
            }
            passed += 1;
            if loaded < LOADS {
                // Numbers of databases are the server's own limit.
                if let Err(problem) = Server::start(Some(&file), &["--databases", "70000"]) {
                    return Err(format!("copy {copy} passes the check, but {problem}: {report:?}"));
                }
                loaded += 1;
            }
        }
        if loaded < LOADS || passed > COPIES / 2 {
            return Err(format!("of {COPIES} copies, {passed} pass and {loaded} were loaded"));
        }
        summaries.push(format!("{passed} of {COPIES} altered copies pass, {loaded} were loaded"));
    }
    Ok(summaries.join("; "))
}

/// A few values of each type, so that most alterations strike something other than text.
fn small_commands() -> String {
    let commands = "\
        SET short value\nSET number 70000\nRPUSH list first 2 -300 70000 5000000000\n\
        SADD integers 1 2 300 -400\nSADD words alphabet beginning gammaray\n\
        ZADD scores 1 first 2.5 second inf most\nHSET hash field value number 12345\n\
        XADD stream 1-1 field value\nXADD stream 2-1 field value\nXGROUP CREATE stream workers 0\n\
        XREADGROUP GROUP workers alice COUNT 2 STREAMS stream >\nXGROUP CREATECONSUMER stream workers bob\n\
        PEXPIREAT list 9999999999999\nCONFIG SET hash-max-listpack-entries 1\nHSET fields first-field 1 second-field 2\n\
        CONFIG SET zset-max-listpack-entries 0\nZADD members 1 first-member 2 second-member\n\
        SELECT 3\nSET in-another-database value\n";
    format!("SET repeated {}\n{commands}", "again".repeat(40))
}
