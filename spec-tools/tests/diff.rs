//! What `diff` says of changes whose meaning is known, and that it says something of every change.

mod pairs;

use std::path::Path;

use pairs::{Means, PAIRS, new, old};
use rdbfetch_codegen::{Folder, SpecFile, generate, read};
use rdbfetch_spec_tools::diff::{Effect, Report, Specs, diff};

fn specs(files: Vec<SpecFile>) -> Specs {
    let services = read(&files).unwrap_or_else(|failure| panic!("{failure}"));
    Specs { files, services }
}

fn report(old: Vec<SpecFile>, new: Vec<SpecFile>) -> Report {
    diff(&specs(old), &specs(new))
}

#[test]
fn each_pair_means_what_it_is_known_to_mean() {
    for pair in PAIRS {
        let report = report(old(), new(pair));
        let found = report.changes.iter().find(|change| change.rule == pair.rule);
        let change = found.unwrap_or_else(|| panic!("{} is not in\n{}", pair.rule, report.text()));
        let (effect, code) = match pair.means {
            Means::Breaks => (Effect::Breaking, true),
            Means::Misleads => (Effect::Breaking, pair.rule == "parameter-order"),
            Means::Adds => (Effect::Compatible, true),
            Means::Keeps => (Effect::Compatible, false),
            Means::Tells => (Effect::Documentation, false),
        };
        assert_eq!((change.effect, change.code), (effect, code), "{}", report.text());
        assert_eq!(change.wire.is_some(), pair.wire, "{}", report.text());
        assert_eq!(report.gravest(), Some(effect), "{}", report.text());
        assert!(report.changes.iter().all(|change| change.rule != "other"), "{}", report.text());
        assert!(change.file.starts_with("specs/nimbus/") && change.line > 0, "{}", report.text());
    }
}

#[test]
fn places_are_in_the_new_specs_and_of_what_is_gone_in_the_old_ones() {
    let find = |rule: &str| PAIRS.iter().find(|pair| pair.rule == rule).expect("a pair");
    for (rule, in_old, part) in [
        ("parameter-required-added", false, "  zone: "),
        ("response-removed", true, "    bytes: "),
        ("error-removed", true, "  BackupNotReady: "),
        ("operation-rate-limit", false, "rate_limit: 3"),
        ("service-endpoint", false, "endpoint: "),
    ] {
        let pair = find(rule);
        let report = report(old(), new(pair));
        let change = report.changes.iter().find(|change| change.rule == rule).expect("a change");
        assert_eq!(change.in_old, in_old, "{rule}");
        let files = if in_old { old() } else { new(pair) };
        let text = &files.iter().find(|file| file.path == change.file).expect("a file").text;
        let line = text.lines().nth(change.line - 1).expect("a line");
        assert!(line.starts_with(part), "{rule}: {line}");
    }
}

#[test]
fn services_and_operations_come_and_go() {
    let other = || {
        let mut files = old();
        files.iter_mut().for_each(|file| file.path = file.path.replace("nimbus", "cirrus"));
        files
    };
    let both = || [old(), other()].concat();
    let rules = |report: &Report| report.changes.iter().map(|change| change.rule.clone()).collect::<Vec<_>>();
    assert_eq!(rules(&report(both(), old())), ["service-removed"]);
    assert_eq!(rules(&report(old(), both())), ["service-added"]);
    assert_eq!(rules(&report(old(), other())), ["service-renamed"]);
    assert_eq!(rules(&report(both(), Vec::new())), ["service-removed"; 2]);
    let fewer = || old().into_iter().filter(|file| !file.path.ends_with("ListBackups.yaml")).collect();
    assert_eq!(rules(&report(old(), fewer())), ["operation-removed"]);
    assert_eq!(rules(&report(fewer(), old())), ["operation-added"]);
}

#[test]
fn reports_are_told_to_people() {
    let pair = PAIRS.iter().find(|pair| pair.rule == "value-renamed").expect("a pair");
    let report = report(old(), new(pair));
    let text = report.text();
    for part in [
        "breaking[value-renamed]: nimbus CreateBackupLinks: `Network::Inner`\n --> specs/nimbus/CreateBackupLinks.yaml:",
        "\n  old: Inner\n  new: Private\n  code: code that names the variant no longer compiles\n",
        "\n1 breaking, 0 compatible, 0 documentation; 0 on the wire",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let markdown = report.markdown();
    assert!(markdown.contains("\n### Breaking\n\n| what | rule |"), "{markdown}");
    assert!(markdown.contains("| `Inner` | `Private` |"), "{markdown}");
    let rows = markdown
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.replace("\\|", "").matches('|').count());
    assert!(rows.clone().all(|cells| cells == 8) && rows.count() == 3, "{markdown}");
}

/// All edits of a kind: each line taken out with what stands in it, and each scalar made another.
fn edits(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let inside = lines[at + 1..]
            .iter()
            .take_while(|next| next.trim().is_empty() || depth(next) > depth(line))
            .count();
        let with = |middle: &[String]| {
            let before = lines[..at].iter().map(|line| (*line).to_owned());
            let after = lines[at + 1..].iter().map(|line| (*line).to_owned());
            before.chain(middle.iter().cloned()).chain(after).collect::<Vec<_>>().join("\n") + "\n"
        };
        let without = [&lines[..at], &lines[at + 1 + inside..]].concat().join("\n") + "\n";
        out.push(without);
        for (from, to) in [
            ("true", "false"),
            (".}", "!}"),
            ("200", "201"),
            ("int64", "double"),
            ("string", "int64"),
            ("required: true, ", ""),
            ("required", "sensitive"),
            ("class: ", "retry: true, class: "),
            ("body", "path"),
            ("hex", "base64"),
            ("doc:", "nullable: true, doc:"),
        ] {
            if line.contains(from) {
                out.push(with(&[line.replacen(from, to, 1)]));
            }
        }
        if let Some((name, value)) =
            line.split_once(": ").filter(|(_, value)| !value.contains(['{', '[', '|', '>']))
        {
            let value = value.trim_matches(['"', '\'']);
            let other = value
                .parse::<i64>()
                .map_or_else(|_| format!("{name}: \"{value}x\""), |number| format!("{name}: {}", number + 1));
            out.push(with(&[other]));
        }
    }
    out
}

#[test]
fn whenever_generated_code_differs_something_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/clouds");
    let mut seen = 0;
    for cloud in ["nimbus"] {
        let files = Folder::read(&folder.join(cloud)).expect("a cloud").files().to_vec();
        let code = |files: &[SpecFile]| {
            let mut out = generate(files, &[]).ok()?;
            out.retain(|file| file.path != "digest");
            Some(out)
        };
        let (before, old) = (code(&files).expect("a cloud"), specs(files.clone()));
        for (at, file) in files.iter().enumerate() {
            // Every seventh is as many as a minute has time for; which they are is the same every time.
            for text in edits(&file.text).into_iter().step_by(7) {
                let edited = || {
                    let same =
                        file.text.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
                    let line = |text: &str| text.lines().nth(same).unwrap_or_default().to_owned();
                    format!("{}:{}: {} became {}", file.path, same + 1, line(&file.text), line(&text))
                };
                let mut changed = files.clone();
                changed[at].text.clone_from(&text);
                // Most edits are no longer specs.
                let Some(after) = code(&changed) else { continue };
                let report = diff(&old, &specs(changed));
                if before != after {
                    seen += 1;
                    assert!(!report.changes.is_empty(), "{}", edited());
                }
                let others = report.changes.iter().filter(|change| change.rule == "other").count();
                assert_eq!(others, 0, "{}\n{}", edited(), report.text());
            }
        }
    }
    assert!(seen > 20, "only {seen} edits changed code");
}
