//! The documentation against the code: excerpts are extracted, commands are run, tables are made from the specs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rdbfetch::metadata;
use rdbfetch::place::Expiry;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("cli stands in the repository").to_path_buf()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap().replace('\r', "")
}

/// The fenced block that follows a position.
fn block(text: &str) -> &str {
    let start = text.find("```").expect("a fenced block follows");
    let body = &text[start..];
    let body = &body[body.find('\n').expect("a fence ends its line") + 1..];
    &body[..body.find("\n```").expect("a fence is closed") + 1]
}

/// The quoted text at the beginning, and what follows it; `end` stands for the end of the file.
fn quoted(text: &str) -> (Option<&str>, &str) {
    let text = text.trim_start();
    match text.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((inside, rest)) => (Some(inside), rest),
        None => (None, text),
    }
}

#[test]
fn excerpts_are_what_the_files_hold() {
    let readme = readme();
    let mut found = 0;
    for (at, _) in readme.match_indices("<!-- from ") {
        let marker = readme[at + 10..].split(" -->").next().unwrap();
        let (path, rest) = marker.split_once(' ').unwrap();
        let (start, rest) = quoted(rest);
        let (end, _) = quoted(rest.trim_start().strip_prefix("to").unwrap());
        let file = fs::read_to_string(root().join(path)).unwrap().replace('\r', "");
        let start_at =
            file.find(&format!("\n{}", start.unwrap())).unwrap_or_else(|| panic!("{path}: {start:?}")) + 1;
        let excerpt = &file[start_at..];
        let excerpt = match end {
            Some(end) => {
                &excerpt[..excerpt.find(&format!("\n{end}")).unwrap_or_else(|| panic!("{path}: {end}")) + 1]
            }
            None => excerpt,
        };
        assert_eq!(block(&readme[at..]).trim_end(), excerpt.trim_end(), "README.md shows {path} otherwise");
        found += 1;
    }
    assert!(found >= 3, "the README holds excerpts");
}

/// Output whose days, which are the emulator's last ones, were made the same.
fn undated(text: &str) -> String {
    let mut lines = text.trim_end().to_owned();
    while let Some(at) = lines.find("T00:00:00Z").filter(|at| *at >= 10) {
        lines.replace_range(at - 10..at + 10, "<a day at midnight>");
    }
    lines
}

/// A page that shows commands.
fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap().replace('\r', "")
}

#[test]
fn commands_print_what_is_shown() {
    for (path, least) in [("README.md", 2), ("docs/program.md", 2), ("docs/verify.md", 2)] {
        let text = page(path);
        let folder = tempfile::tempdir().unwrap();
        fs::copy(root().join("emulator/samples/shard-0.rdb"), folder.path().join("dump.rdb")).unwrap();
        let mut found = 0;
        for (at, marker) in text.match_indices("<!-- checked") {
            let code = text[at + marker.len()..].split("-->").next().unwrap().trim();
            let code: i32 = if code.is_empty() { 0 } else { code.parse().unwrap() };
            let shown = block(&text[at..]);
            let (command, output) = shown.split_once('\n').unwrap();
            let arguments = command.strip_prefix("$ rdbfetch ").unwrap().split_whitespace();
            let run = Command::new(env!("CARGO_BIN_EXE_rdbfetch"))
                .args(arguments)
                .current_dir(folder.path())
                .env_clear()
                .env("COLUMNS", "200")
                .output()
                .unwrap();
            let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
            assert_eq!(run.status.code(), Some(code), "{path}: {command}: {err}");
            // Of a command that fails, what it says is shown.
            let said = if code == 0 { out } else { err };
            assert_eq!(undated(&said), undated(output), "{path}: {command}");
            found += 1;
        }
        assert!(found >= least, "{path} shows commands");
    }
}

#[cfg(unix)]
#[test]
fn recipes_work() {
    let text = page("docs/program.md");
    let programs = Path::new(env!("CARGO_BIN_EXE_rdbfetch")).parent().unwrap();
    let mut found = 0;
    for (at, _) in text.match_indices("<!-- recipe -->") {
        let folder = tempfile::tempdir().unwrap();
        let fixture = fs::read(root().join("tests/fixtures/rdb/empty.rdb")).unwrap();
        fs::write(folder.path().join("dump.rdb"), &fixture).unwrap();
        fs::write(folder.path().join("broken.rdb"), &fixture[..fixture.len() / 2]).unwrap();
        let script = block(&text[at..]);
        let run = Command::new("/bin/sh")
            .args(["-euc", script])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{script}\n{said}");
        found += 1;
    }
    assert!(found >= 5, "the page has recipes");
}

#[test]
fn the_page_about_the_program_names_every_schema_and_exit_code() {
    let text = page("docs/program.md");
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130"] {
        assert!(text.contains(&format!("\n| {code} |")), "{code}");
    }
    let kinds = page("cli/src/exit.rs") + &page("cli/src/commands/pull/one.rs");
    for kind in ["usage", "refused", "no-links", "partial", "verification", "interrupted", "answer"] {
        assert!(kinds.contains(&format!("\"{kind}\"")) && text.contains(&format!("`{kind}`")), "{kind}");
    }
}

/// The Job that spreads a run over machines is one that a cluster can read, and its command one that we can.
#[test]
fn the_job_in_the_docs_is_sound() {
    let text = page("docs/fleet.md");
    let yaml = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let job: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    let spec = &job["spec"];
    assert_eq!((&job["kind"], &spec["completionMode"]), (&"Job".into(), &"Indexed".into()));
    let container = &spec["template"]["spec"]["containers"][0];
    let line = container["args"][0].as_str().unwrap();
    let parts = format!("/{}", spec["completions"]);
    assert!(line.contains(&format!("$JOB_COMPLETION_INDEX{parts} ")), "{line}");
    // The same in a folder, against the emulator.
    let folder = tempfile::tempdir().unwrap();
    let line =
        line.replace("SERVICE", metadata::services()[0].service.name).replace("$JOB_COMPLETION_INDEX", "0");
    let words =
        line.split_whitespace().skip(1).map(|word| if word.starts_with("s3://") { "backups" } else { word });
    let run = Command::new(env!("CARGO_BIN_EXE_rdbfetch"))
        .args(words)
        .args(["--emulator", "--dry-run"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn the_table_of_clouds_is_what_the_specs_say() {
    let mut table = vec![
        "| service | what | link operation | signature | links live |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for service in metadata::services() {
        let link = rdbfetch::Question::Links.operation(service.service);
        let link =
            service.operations.iter().find(|one| Some(one.operation.name) == link.map(|link| link.name));
        let operation = link.map_or_else(String::new, |one| format!("`{}`", one.operation.name));
        let variants: Vec<&str> = service
            .variants
            .iter()
            .map(|variant| if variant.name.is_empty() { "one" } else { variant.name })
            .collect();
        let lifetime = match link.and_then(|one| one.link_lifetime) {
            Some(seconds) if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
            Some(seconds) => format!("{seconds} s"),
            None => {
                let projections = link.map_or(&[][..], |one| one.operation.links);
                let expiry = projections.iter().flat_map(|projection| projection.expires).next();
                match expiry {
                    Some(Expiry::Url(_)) => "in the link".to_owned(),
                    Some(_) => "in the answer".to_owned(),
                    None => "unknown".to_owned(),
                }
            }
        };
        let (name, title) = (service.service.name, service.service.title);
        table.push(format!("| `{name}` | {title} | {operation} | {} | {lifetime} |", variants.join(", ")));
    }
    let readme = readme();
    let (_, rest) = readme.split_once("<!-- clouds -->\n").unwrap();
    let (shown, _) = rest.split_once("<!-- /clouds -->").unwrap();
    assert_eq!(shown.trim_end(), table.join("\n"), "the table in README.md");
}
