//! Files of targets: which backups a fleet is made of.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rdbfetch::metadata::{self, ServiceMetadata};
use serde::Deserialize;
use tempfile::SpooledTempFile;

use super::seen::Seen;
use crate::exit::{Exit, Failure};
use crate::session::LATEST;
use crate::text::nearest;

/// How much of a service's lines is kept in memory, in bytes; what is more waits in a temporary file.
const KEPT: usize = 64 << 10;

/// The longest line, in bytes.
const LONGEST: usize = 64 << 10;

/// A backup that is to be pulled.
#[derive(Clone, Debug)]
pub struct Target {
    /// The service.
    pub service: &'static ServiceMetadata,
    /// The region, where another one than is configured.
    pub region: Option<String>,
    /// The project, where another one than is configured.
    pub project: Option<String>,
    /// The instance.
    pub instance: String,
    /// The backup, or `latest`.
    pub backup: String,
    /// The folders that its files go to, in place of those of service and instance.
    pub dir: Option<Vec<String>>,
}

/// A line of JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    service: String,
    instance: String,
    backup: Option<String>,
    region: Option<String>,
    project: Option<String>,
    dir: Option<String>,
}

/// The targets of a file that was read and found right. Its lines wait in temporary files, by service, so that their number
/// does not matter, and neither does what becomes of the file meanwhile.
#[derive(Default)]
pub struct Targets {
    queues: BTreeMap<&'static str, Queue>,
    count: u64,
}

/// The lines of a service.
enum Queue {
    /// They are still coming.
    Filling(SpooledTempFile),
    /// They are read again, as far as that is.
    Emptying(BufReader<SpooledTempFile>),
}

impl Targets {
    /// Reads a file of targets, or stdin. Of its targets, those are taken that are `ours`.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, with the lines.
    pub fn read(path: &Path, ours: impl Fn(&Target) -> bool) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Self::parse("stdin", std::io::stdin().lock(), ours);
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Failure::disk(format!("{name}: {error}.")))?;
        Self::parse(&name, BufReader::new(file), ours)
    }

    fn parse(name: &str, mut lines: impl BufRead, ours: impl Fn(&Target) -> bool) -> Result<Self, Failure> {
        let (mut targets, mut problems, mut seen) = (Self::default(), Vec::new(), Seen::default());
        let mut line = Vec::new();
        for at in 1_u64.. {
            let place = format!("{name}:{at}");
            let there = next_line(&mut lines, &mut line);
            if !there.map_err(|error| Failure::disk(format!("{name}: {error}.")))? {
                break;
            }
            if line.len() > LONGEST {
                problems.push(format!("{place}: this line is longer than {LONGEST} bytes"));
                continue;
            }
            let Ok(line) = std::str::from_utf8(&line) else {
                problems.push(format!("{place}: this is no UTF-8"));
                continue;
            };
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match target(line) {
                Ok(target) => {
                    let service = target.service.service.name;
                    if !seen.insert((service, &target.region, &target.dir, &target.instance, &target.backup))
                    {
                        problems.push(format!("{place}: this backup stands in a line before, too"));
                    }
                    if problems.is_empty() && ours(&target) {
                        targets.add(service, line)?;
                    }
                }
                Err(problem) => problems.push(format!("{place}: {problem}")),
            }
        }
        if problems.is_empty() {
            return Ok(targets);
        }
        let message = format!("Nothing was downloaded.\n{}", problems.join("\n"));
        Err(Failure::new(Exit::Usage, "targets", message))
    }

    fn add(&mut self, service: &'static str, line: &str) -> Result<(), Failure> {
        let queue = self.queues.entry(service).or_insert_with(|| Queue::Filling(SpooledTempFile::new(KEPT)));
        self.count += 1;
        match queue {
            Queue::Filling(lines) => writeln!(lines, "{line}").map_err(|error| spooled(&error)),
            Queue::Emptying(_) => Ok(()),
        }
    }

    /// How many there are in all.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Of how many services there are any left.
    #[must_use]
    pub fn services(&self) -> usize {
        self.queues.len()
    }

    /// The next one of a service that has room for it.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be read.
    pub fn next(&mut self, room: impl Fn(&str) -> bool) -> Result<Option<Target>, Failure> {
        loop {
            let Some(service) = self.queues.keys().copied().find(|service| room(service)) else {
                return Ok(None);
            };
            let Some(queue) = self.queues.remove(service) else { return Ok(None) };
            let mut lines = match queue {
                Queue::Emptying(lines) => lines,
                Queue::Filling(mut lines) => {
                    lines.seek(SeekFrom::Start(0)).map_err(|error| spooled(&error))?;
                    BufReader::new(lines)
                }
            };
            let mut line = String::new();
            if lines.read_line(&mut line).map_err(|error| spooled(&error))? > 0 {
                self.queues.insert(service, Queue::Emptying(lines));
                // It was read before, and was right.
                let target = target(line.trim_end_matches('\n'));
                return target.map(Some).map_err(|problem| Failure::new(Exit::Usage, "targets", problem));
            }
        }
    }
}

/// Reads a line, or its beginning if it is too long. Says whether there was one.
fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let most = LONGEST as u64 + 2;
    if lines.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LONGEST {
        lines.skip_until(b'\n')?;
    }
    Ok(true)
}

fn spooled(error: &io::Error) -> Failure {
    Failure::disk(format!("The targets could not be kept in a temporary file: {error}."))
}

fn target(line: &str) -> Result<Target, String> {
    let line = if line.starts_with('{') {
        // The line is the file's.
        serde_json::from_str(line).map_err(|error| {
            let text = error.to_string();
            let text = text
                .rsplit_once(" at line 1 column ")
                .map(|(text, column)| format!("{text}, at column {column}"));
            text.unwrap_or_else(|| error.to_string())
        })?
    } else {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(service), Some(instance)) = (words.next(), words.next()) else {
            return Err("expected SERVICE INSTANCE [BACKUP], or a JSON object".to_owned());
        };
        let backup = words.next();
        if let Some(word) = words.next() {
            return Err(format!(
                "{word:?} follows SERVICE INSTANCE BACKUP; what else there is to say takes JSON"
            ));
        }
        Line { service, instance, backup, region: None, project: None, dir: None }
    };
    let service = metadata::service(&line.service).ok_or_else(|| {
        let names = || metadata::services().iter().map(|one| one.service.name);
        let meant = nearest(&line.service, names()).map(|meant| format!("; did you mean {meant:?}?"));
        format!("there is no service {:?}{}", line.service, meant.unwrap_or_default())
    })?;
    for (name, value) in [("region", &line.region), ("project", &line.project)] {
        if value.is_some() && service.service.setting(name).is_none() {
            return Err(format!("{} knows no {name}", line.service));
        }
    }
    let members = [
        ("instance", Some(&line.instance)),
        ("backup", line.backup.as_ref()),
        ("region", line.region.as_ref()),
        ("project", line.project.as_ref()),
    ];
    for (name, value) in members {
        if value.is_some_and(|value| value.trim().is_empty()) {
            return Err(format!("the {name} is empty"));
        }
    }
    Ok(Target {
        service,
        region: line.region,
        project: line.project,
        instance: line.instance,
        backup: line.backup.unwrap_or_else(|| LATEST.to_owned()),
        dir: line.dir.as_deref().map(folders).transpose()?,
    })
}

/// Folders below the destination.
fn folders(text: &str) -> Result<Vec<String>, String> {
    let plain = |name: &&str| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        !name.is_empty() && !name.starts_with('.') && name.bytes().all(fine)
    };
    let names: Vec<&str> = text.split('/').collect();
    if !names.iter().all(plain) {
        return Err(format!(
            "dir {text:?} is no relative folder of names of A-Z a-z 0-9 . _ - that begin without a dot"
        ));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_service() -> &'static str {
        metadata::services().first().unwrap().service.name
    }

    #[test]
    fn targets_are_words_or_json() {
        let name = a_service();
        let text = format!(
            "\u{feff}# all of them\r\n\n {name}\tredis-1 \n{name} redis-1 77\r\n\
             {{\"service\":\"{name}\",\"instance\":\"r 2\",\"dir\":\"a/b.c\"}}"
        );
        let mut read = Targets::parse("f", text.as_bytes(), |_| true).unwrap();
        assert_eq!((read.count(), read.services()), (3, 1));
        assert!(read.next(|_| false).unwrap().is_none(), "there is no room");
        let targets: Vec<_> = std::iter::from_fn(|| read.next(|_| true).unwrap()).collect();
        let shown: Vec<_> = targets.iter().map(|one| (one.instance.as_str(), one.backup.as_str())).collect();
        assert_eq!(shown, [("redis-1", "latest"), ("redis-1", "77"), ("r 2", "latest")]);
        assert_eq!(targets[2].dir.as_deref().unwrap(), ["a", "b.c"]);
        assert_eq!(Targets::parse("f", &b""[..], |_| true).unwrap().count(), 0);
        let mut part = Targets::parse("f", text.as_bytes(), |target| target.backup == "77").unwrap();
        assert_eq!(part.count(), 1);
        assert_eq!(part.next(|_| true).unwrap().unwrap().backup, "77");
        assert!(part.next(|_| true).unwrap().is_none());
    }

    #[test]
    fn there_may_be_more_than_is_kept_in_memory() {
        let name = a_service();
        let text: String = (0..20_000).map(|number| format!("{name} redis-{number}\n")).collect();
        assert!(text.len() > 2 * KEPT);
        let mut read = Targets::parse("f", text.as_bytes(), |_| true).unwrap();
        for number in 0..20_000 {
            assert_eq!(read.next(|_| true).unwrap().unwrap().instance, format!("redis-{number}"));
        }
        assert!(read.next(|_| true).unwrap().is_none());
    }

    #[test]
    fn a_line_may_be_long_but_not_endless() {
        let name = a_service();
        let fits = format!("{name} {}", "i".repeat(LONGEST - name.len() - 1));
        let text = format!("{fits}\n{fits}i\n{fits}{fits}\nnosuch i\n{fits}i");
        let message = Targets::parse("f", text.as_bytes(), |_| true).err().unwrap().message().to_owned();
        let lines: Vec<&str> = message.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(lines, ["f:2:", "f:3:", "f:4:", "f:5:"]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_line() {
        let name = a_service();
        let wrong = [
            name.to_owned(),
            "nosuch i".to_owned(),
            format!("{name} i b more"),
            "{\"service\":".to_owned(),
            format!("{{\"service\":\"{name}\",\"instance\":\"i\",\"bakup\":\"b\"}}"),
            format!("{{\"service\":\"{name}\",\"instance\":\" \"}}"),
            format!("{{\"service\":\"{name}\",\"instance\":\"i\",\"dir\":\"../x\"}}"),
            format!("{{\"service\":\"{name}\",\"instance\":7}}"),
            format!("{name} i"),
            format!("{name} i latest"),
        ];
        let mut bytes = wrong.join("\n").into_bytes();
        bytes.extend(b"\n\xff\xfe");
        let failure = Targets::parse("fleet.txt", &bytes[..], |_| true).err().unwrap();
        assert_eq!(failure.exit, Exit::Usage);
        let message = failure.message();
        for line in [1, 2, 3, 4, 5, 6, 7, 8, 10, 11] {
            assert!(message.contains(&format!("\nfleet.txt:{line}: ")), "{line}: {message}");
        }
        assert!(!message.contains("fleet.txt:9:"), "{message}");
        assert!(message.contains("bakup") && message.contains("column"), "{message}");
    }
}
