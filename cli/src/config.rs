//! The configuration file: what it may hold, and where it is.

use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;

use rdbfetch::metadata::{self, ServiceMetadata};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::args::some_time;
use crate::exit::Failure;
use crate::text::nearest;

/// What a service can be configured with besides its settings.
const KEYS: [&str; 8] = [
    "endpoint",
    "profile",
    "credential_command",
    "signature",
    "http_method",
    "timeout",
    "connect_timeout",
    "retries",
];
/// What people put into files and should not.
const SECRETS: [&str; 10] = [
    "access_key",
    "access_key_id",
    "secret",
    "secret_id",
    "secret_key",
    "secret_access_key",
    "public_key",
    "private_key",
    "token",
    "password",
];
/// The table of the profiles.
const PROFILES: &str = "profiles";

/// A configuration file that was read.
#[derive(Debug)]
pub struct File {
    tables: Vec<Table>,
}

/// What the file says about a service, with or without a profile.
#[derive(Debug)]
struct Table {
    profile: Option<String>,
    service: &'static str,
    entries: Vec<Entry>,
}

/// A value in the file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// The value: a text, or the words of a command.
    pub value: Given,
    /// The file and the line, for people.
    pub place: String,
    /// Whether it stands in the table of a profile.
    pub profiled: bool,
}

/// A value as it was given.
#[derive(Clone, Debug)]
pub enum Given {
    /// One text.
    Text(String),
    /// Words.
    Words(Vec<String>),
}

/// Where the file is looked for: in `RDBFETCH_CONFIG`, else where this system keeps such files.
#[must_use]
pub fn path() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = variable("RDBFETCH_CONFIG") {
        return Some(path);
    }
    let usual = || if cfg!(windows) { variable("APPDATA") } else { None };
    let home =
        || std::env::home_dir().filter(|home| !home.as_os_str().is_empty()).map(|home| home.join(".config"));
    // The specification of the variable says that a relative path is none.
    let folder = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or_else(usual).or_else(home);
    folder.map(|folder| folder.join("rdbfetch").join("config.toml"))
}

/// Reads the file; `None` where there is none.
///
/// # Errors
///
/// If it cannot be read, or says something that is not known.
pub fn load() -> Result<Option<File>, Failure> {
    let Some(path) = path() else { return Ok(None) };
    let shown = path.display().to_string();
    let named = std::env::var_os("RDBFETCH_CONFIG").is_some_and(|value| !value.is_empty());
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|_| wrong(format!("{shown}: the file is no UTF-8 text. Write it anew.")))?,
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => {
            let problem = format!("{shown}: the configuration file cannot be read: {}.", error.kind());
            return Err(wrong(problem));
        }
    };
    File::parse(&shown, text.strip_prefix('\u{FEFF}').unwrap_or(&text)).map(Some)
}

fn wrong(problem: String) -> Failure {
    Failure::new(crate::exit::Exit::Usage, "config", problem)
}

impl File {
    /// Reads the text of a file.
    fn parse(name: &str, text: &str) -> Result<Self, Failure> {
        let reader = Reader { name, text };
        let root = DeTable::parse(text).map_err(|error| {
            // What the parser says can hold what stands there, which may be a secret.
            reader.wrong(error.span().unwrap_or_default(), "this is no TOML. Mend the line.")
        })?;
        let mut file = Self { tables: Vec::new() };
        for (key, value) in root.get_ref() {
            if key.get_ref() == PROFILES {
                for (profile, services) in reader.table(key, value, "profiles by name")? {
                    for (service, entries) in reader.table(profile, services, "services by name")? {
                        file.add(&reader, Some(profile.get_ref()), service, entries)?;
                    }
                }
            } else {
                file.add(&reader, None, key, value)?;
            }
        }
        Ok(file)
    }

    fn add(
        &mut self,
        reader: &Reader<'_>,
        profile: Option<&str>,
        key: &Spanned<impl AsRef<str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Failure> {
        let name = key.get_ref().as_ref();
        let Some(service) = metadata::service(name) else {
            let names = metadata::services().iter().map(|metadata| metadata.service.name);
            let names = names.chain(profile.is_none().then_some(PROFILES));
            return Err(reader.unknown(key, "service", names.collect()));
        };
        let entries = reader.table(key, value, "keys and values")?;
        let entries = entries.iter().map(|(key, value)| reader.entry(service, profile.is_some(), key, value));
        let entries = entries.collect::<Result<_, _>>()?;
        self.tables.push(Table {
            profile: profile.map(str::to_owned),
            service: service.service.name,
            entries,
        });
        Ok(())
    }

    /// Whether the file has a profile of this name, for any service.
    #[must_use]
    pub fn has_profile(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table.profile.as_deref() == Some(name))
    }

    /// What the file says about a service: what stands in the profile goes before what holds without one.
    #[must_use]
    pub fn entries(&self, service: &str, profile: Option<&str>) -> Vec<Entry> {
        let of = |wanted: Option<&str>| {
            let tables = self.tables.iter().filter(move |table| table.service == service);
            let tables = tables.filter(|table| table.profile.as_deref() == wanted);
            tables.flat_map(|table| table.entries.iter().cloned()).collect::<Vec<_>>()
        };
        let mut entries = profile.map(|_| of(profile)).unwrap_or_default();
        for entry in of(None) {
            if entries.iter().all(|known| known.key != entry.key) {
                entries.push(entry);
            }
        }
        entries
    }
}

/// The text of a file, for telling where something stands.
struct Reader<'a> {
    name: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        format!("{}:{}", self.name, before.matches('\n').count() + 1)
    }

    fn wrong(&self, span: Range<usize>, problem: &str) -> Failure {
        wrong(format!("{}: {problem}", self.place(&span)))
    }

    fn unknown(&self, key: &Spanned<impl AsRef<str>>, what: &str, names: Vec<&str>) -> Failure {
        let name = key.get_ref().as_ref();
        let meant = nearest(name, names.iter().copied());
        let meant = meant.map(|meant| format!(" Did you mean {meant:?}?")).unwrap_or_default();
        let problem = format!("there is no {what} {name:?}.{meant} There are: {}.", names.join(", "));
        self.wrong(key.span(), &problem)
    }

    fn table<'v, 't>(
        &self,
        key: &Spanned<impl AsRef<str>>,
        value: &'v Spanned<DeValue<'t>>,
        what: &str,
    ) -> Result<&'v DeTable<'t>, Failure> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => {
                let name = key.get_ref().as_ref();
                Err(self.wrong(key.span(), &format!("{name:?} is a table of {what}, not one value.")))
            }
        }
    }

    fn entry(
        &self,
        service: &ServiceMetadata,
        profiled: bool,
        key: &Spanned<impl AsRef<str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Entry, Failure> {
        let name = key.get_ref().as_ref();
        let settings: Vec<&str> = service.service.settings.iter().map(|setting| setting.name).collect();
        if !settings.contains(&name) && !KEYS.contains(&name) {
            let plain = name.to_lowercase().replace('-', "_");
            if SECRETS.contains(&plain.as_str()) {
                let problem = format!(
                    "{name:?} does not belong in this file. Let credential_command = \"…\" print the keys, name a \
                     profile of the vendor's own tools with profile = \"…\", or set RDBFETCH_ACCESS_KEY and \
                     RDBFETCH_SECRET_KEY or RDBFETCH_SECRET_KEY_FILE."
                );
                return Err(self.wrong(key.span(), &problem));
            }
            let names = settings.iter().copied().chain(KEYS).collect();
            return Err(self.unknown(key, &format!("key of {}", service.service.name), names));
        }
        let text = |value: &DeValue<'_>| match value {
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        };
        let given = match value.get_ref() {
            DeValue::Integer(number) if name == "retries" => Some(Given::Text(number.to_string())),
            DeValue::Array(list) if name == "credential_command" => {
                list.iter().map(|word| text(word.get_ref())).collect::<Option<Vec<_>>>().map(Given::Words)
            }
            value => text(value).filter(|text| !text.trim().is_empty()).map(Given::Text),
        };
        let what = if name == "credential_command" { "a text, or a list of texts" } else { "a text" };
        let given = given.ok_or_else(|| {
            self.wrong(key.span(), &format!("{name:?} is {what} in quotes that is not empty."))
        })?;
        if let Given::Text(text) = &given {
            let problem = match name {
                "timeout" | "connect_timeout" if some_time(text).is_err() => {
                    "a duration such as \"30s\" or \"2m\""
                }
                "retries" if text.parse::<u32>().is_err() => "a number such as \"2\"",
                _ => "",
            };
            if !problem.is_empty() {
                return Err(self.wrong(key.span(), &format!("{name:?} is {problem}.")));
            }
        }
        Ok(Entry { key: name.to_owned(), value: given, place: self.place(&key.span()), profiled })
    }
}

impl Given {
    /// As one text, for people and for what takes one.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Words(words) => words.join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> &'static str {
        metadata::services()[0].service.name
    }

    fn problem(text: &str) -> String {
        let text = text.replace("SERVICE", service());
        format!("{:?}", File::parse("c.toml", &text).unwrap_err())
    }

    #[test]
    fn profiles_go_before_what_holds_without_one() {
        let text = "[SERVICE]\nregion = \"a\"\nendpoint = \"http://h\"\n\n[profiles.p.SERVICE]\nregion = \"b\"\n\
                    credential_command = [\"x\", \"y z\"]\n";
        let file = File::parse("c.toml", &text.replace("SERVICE", service())).unwrap();
        let shown = |profile| {
            let entries = file.entries(service(), profile);
            entries
                .iter()
                .map(|entry| format!("{} {} {}", entry.key, entry.value.text(), entry.place))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(None), ["endpoint http://h c.toml:3", "region a c.toml:2"]);
        let all = ["credential_command x y z c.toml:7", "region b c.toml:6", "endpoint http://h c.toml:3"];
        assert_eq!(shown(Some("p")), all);
        assert!(file.has_profile("p") && !file.has_profile("q"));
        assert!(file.entries("nothing", None).is_empty());
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        for (text, said) in [
            ("[SERVICE]\nregoin = \"a\"", ["c.toml:2", "Did you mean \\\"region\\\""]),
            ("[nothing-like-it]\n", ["c.toml:1", "there is no service"]),
            ("x = 1\n", ["c.toml:1", "there is no service"]),
            ("[profiles.p.nothing]\n", ["c.toml:1", "there is no service"]),
            ("[profiles]\np = 1", ["c.toml:2", "is a table of services"]),
            ("profiles = 1", ["c.toml:1", "is a table of profiles"]),
            ("[SERVICE]\ntimeout = \"30\"", ["c.toml:2", "is a duration"]),
            ("[SERVICE]\ntimeout = 30", ["c.toml:2", "is a text"]),
            ("[SERVICE]\nconnect_timeout = \"0s\"", ["c.toml:2", "is a duration"]),
            ("[SERVICE]\nretries = -1", ["c.toml:2", "is a number"]),
            ("[SERVICE]\nretries = \"many\"", ["c.toml:2", "is a number"]),
            ("[SERVICE]\nregion = [\"a\"]", ["c.toml:2", "is a text"]),
            ("[SERVICE]\ncredential_command = [1]", ["c.toml:2", "a list of texts"]),
            ("[SERVICE]\nregion = \"\"", ["c.toml:2", "not empty"]),
            ("\n[SERVICE\n", ["c.toml:2", "no TOML"]),
        ] {
            let problem = problem(text);
            assert!(said.iter().all(|said| problem.contains(said)), "{text}: {problem}");
        }
    }

    #[test]
    fn secrets_are_refused_unseen() {
        for key in SECRETS.iter().copied().chain(["Secret-Key"]) {
            let problem = problem(&format!("[SERVICE]\n{key} = \"hush\""));
            assert!(problem.contains("credential_command") && !problem.contains("hush"), "{problem}");
        }
        let problem = problem("[SERVICE]\nsecret_key = hush-hush\n");
        assert!(problem.contains("c.toml:2") && !problem.contains("hush"), "{problem}");
    }
}
