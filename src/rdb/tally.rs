//! What a walk has seen: counted, and copied only where it is short and known.

use super::header::Format;
use super::report::{Contents, Database, ValueType};

/// How much of a text is kept, in bytes.
pub(super) const LONGEST_TEXT: usize = 64;

/// How many databases, and how many modules, are listed.
const MOST_DATABASES: usize = 256;
const MOST_MODULES: usize = 16;

/// The first version of the format that a release of Redis can load, and that release.
const REDIS_RELEASES: [(u32, &str); 8] =
    [(13, "8.6"), (12, "7.4"), (11, "7.2"), (10, "7.0"), (9, "5.0"), (8, "4.0"), (7, "3.2"), (1, "2.6")];

/// The last version of Redis's format that Valkey loads.
const SHARED: u32 = 11;

/// What the next value of the file's own facts is about.
#[derive(Clone, Debug)]
enum Fact {
    Ignored,
    /// The version of the program of this name.
    Version(String),
    Bits,
    CreatedAt,
    UsedMemory,
    AofBase,
}

#[derive(Clone, Debug)]
pub(super) struct Tally {
    fact: Fact,
    contents: Contents,
    /// Which of the databases is the current one; `None` behind the last that is listed.
    database: Option<usize>,
    /// The first version of the format that has everything that was seen.
    since: u32,
    types: [u64; ValueType::ALL.len()],
    abandoned: bool,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            fact: Fact::Ignored,
            contents: Contents::default(),
            database: None,
            since: 1,
            types: [0; ValueType::ALL.len()],
            abandoned: false,
        }
    }
}

impl Tally {
    /// A record that the format has since this version.
    pub(super) fn record(&mut self, since: u32) {
        self.since = self.since.max(since);
    }

    /// The records that follow belong to this database.
    pub(super) fn database(&mut self, index: u64) {
        let databases = &mut self.contents.databases;
        self.database = databases.iter().position(|database| database.index == index).or_else(|| {
            let room = databases.len() < MOST_DATABASES;
            room.then(|| databases.push(Database { index, keys: 0, expiries: 0 }))?;
            databases.len().checked_sub(1)
        });
    }

    /// A key and its value.
    pub(super) fn key(&mut self, kind: ValueType, expires: bool) {
        if self.contents.databases.is_empty() {
            self.database(0);
        }
        let expires = u64::from(expires);
        self.contents.keys += 1;
        self.contents.expiries += expires;
        if let Some(database) = self.database.and_then(|at| self.contents.databases.get_mut(at)) {
            database.keys += 1;
            database.expiries += expires;
        }
        if let Some(count) = self.types.get_mut(kind as usize) {
            *count += 1;
        }
    }

    pub(super) fn function(&mut self) {
        self.contents.functions += 1;
    }

    /// Something that only release candidates wrote.
    pub(super) fn abandoned(&mut self) {
        self.contents.functions += 1;
        self.abandoned = true;
    }

    /// A module's data, by the name and version in one number: nine characters of six bits each, then ten bits.
    pub(super) fn module(&mut self, id: u64) {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letters = (0..9_u32).rev().map(|at| ALPHABET[usize::from((id >> (10 + 6 * at)) as u8 & 63)]);
        let name: String = letters.map(char::from).collect();
        let modules = &mut self.contents.modules;
        if modules.len() < MOST_MODULES && !modules.contains(&name) {
            modules.push(name);
        }
    }

    /// The name of a fact about the file.
    pub(super) fn name(&mut self, name: &[u8]) {
        self.fact = match name {
            b"redis-bits" => Fact::Bits,
            b"ctime" => Fact::CreatedAt,
            b"used-mem" => Fact::UsedMemory,
            b"aof-base" | b"aof-preamble" => Fact::AofBase,
            _ => match name.strip_suffix(b"-ver") {
                Some(program) if !program.is_empty() => Fact::Version(printable(program)),
                _ => Fact::Ignored,
            },
        };
    }

    /// The fact of the name before.
    pub(super) fn value(&mut self, value: &[u8]) {
        let number = || std::str::from_utf8(value).ok()?.parse::<u64>().ok();
        let contents = &mut self.contents;
        match std::mem::replace(&mut self.fact, Fact::Ignored) {
            Fact::Ignored => {}
            Fact::Bits => contents.bits = number(),
            Fact::CreatedAt => contents.created_at = number(),
            Fact::UsedMemory => contents.used_memory = number(),
            Fact::AofBase => contents.aof_base = number().map(|base| base != 0),
            // Others call themselves Redis as well, for programs that expect it.
            Fact::Version(program) if program == "redis" && contents.producer.is_some() => {}
            Fact::Version(program) => {
                let program = match &*program {
                    "redis" => "Redis",
                    "valkey" => "Valkey",
                    other => other,
                };
                contents.producer = Some(format!("{program} {}", printable(value)));
            }
        }
    }

    /// The account of a file with this header; `complete` where the walk came to its end.
    pub(super) fn contents(&self, format: Format, version: u32, complete: bool) -> Contents {
        let counts = ValueType::ALL.into_iter().zip(self.types);
        let loadable = complete && !self.abandoned && format.knows(version);
        Contents {
            complete,
            by_type: counts.filter(|(_, keys)| *keys > 0).collect(),
            loadable_by: if loadable { loadable_by(format, version.max(self.since)) } else { Vec::new() },
            ..self.contents.clone()
        }
    }
}

/// What loads a file of this version, from which release on.
fn loadable_by(format: Format, version: u32) -> Vec<String> {
    if format == Format::Valkey {
        return vec!["Valkey 9.0 or later".to_owned()];
    }
    let release = REDIS_RELEASES.iter().find(|(first, _)| *first <= version);
    let redis = release.map(|(_, release)| format!("Redis {release} or later"));
    let valkey = (version <= SHARED).then(|| "Valkey 7.2 or later".to_owned());
    redis.into_iter().chain(valkey).collect()
}

/// The text in characters that can be printed.
fn printable(text: &[u8]) -> String {
    text.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' }).collect()
}
