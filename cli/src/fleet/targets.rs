//! Files of targets: which backups a fleet is made of.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use rdbfetch::metadata::{self, ServiceMetadata};
use serde::Deserialize;

use crate::exit::{Exit, Failure};
use crate::session::LATEST;
use crate::text::nearest;

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

/// Reads a file of targets, or stdin.
///
/// # Errors
///
/// All that is wrong with it, with the lines.
pub fn read(path: &Path) -> Result<Vec<Target>, Failure> {
    let mut bytes = Vec::new();
    let (name, read) = if path == Path::new("-") {
        ("stdin".to_owned(), std::io::stdin().read_to_end(&mut bytes).map(|_| ()))
    } else {
        (path.display().to_string(), std::fs::read(path).map(|read| bytes = read))
    };
    read.map_err(|error| Failure::disk(format!("{name}: {error}.")))?;
    parse(&name, &bytes)
}

fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Target>, Failure> {
    let (mut targets, mut problems, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let place = format!("{name}:{}", at + 1);
        let Ok(line) = std::str::from_utf8(line) else {
            problems.push(format!("{place}: this is no UTF-8"));
            continue;
        };
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match target(line) {
            Ok(target) => {
                let key = (target.service.service.name, target.region.clone(), target.dir.clone());
                if !seen.insert((key, target.instance.clone(), target.backup.clone())) {
                    problems.push(format!("{place}: this backup stands in a line before, too"));
                }
                targets.push(target);
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
        let targets = parse("f", text.as_bytes()).unwrap();
        let shown: Vec<_> = targets.iter().map(|one| (one.instance.as_str(), one.backup.as_str())).collect();
        assert_eq!(shown, [("redis-1", "latest"), ("redis-1", "77"), ("r 2", "latest")]);
        assert_eq!(targets[2].dir.as_deref().unwrap(), ["a", "b.c"]);
        assert!(parse("f", b"").unwrap().is_empty());
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
        let failure = parse("fleet.txt", &bytes).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let message = failure.message();
        for line in [1, 2, 3, 4, 5, 6, 7, 8, 10, 11] {
            assert!(message.contains(&format!("\nfleet.txt:{line}: ")), "{line}: {message}");
        }
        assert!(!message.contains("fleet.txt:9:"), "{message}");
        assert!(message.contains("bakup") && message.contains("column"), "{message}");
    }
}
