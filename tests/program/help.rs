//! What `--help` promises is true.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{PROGRAM, rdbfetch, repository, services, words};

const COMMANDS: [&str; 26] = [
    "services",
    "ops",
    "call",
    "instances",
    "backups",
    "backup",
    "backup create",
    "regions",
    "projects",
    "link",
    "pull",
    "verify",
    "emulator",
    "doctor",
    "config",
    "config show",
    "config path",
    "spec",
    "spec check",
    "spec diff",
    "spec compare",
    "spec export",
    "spec transcribe",
    "schema",
    "completions",
    "man",
];

#[test]
fn every_command_has_examples() {
    for command in COMMANDS {
        let done = rdbfetch(words(&format!("{command} --help"))).done().exits(0);
        assert!(done.out.contains("Examples:\n"), "{}", done.out);
        assert!(done.out.contains(&format!("  rdbfetch {command}")), "{}", done.out);
        assert_eq!(done.err, "");
        assert_eq!(rdbfetch(words(&format!("help {command}"))).done().exits(0).out, done.out);
    }
}

#[test]
fn the_examples_work() {
    let mut pages = vec![rdbfetch(["--help"]).done().out];
    pages.extend(COMMANDS.map(|command| rdbfetch(words(&format!("{command} --help"))).done().out));
    for page in pages {
        let folder = prepared();
        for line in page.lines().filter_map(|line| line.strip_prefix("  rdbfetch ")) {
            if line.starts_with("emulator") {
                continue; // Runs until stopped; see the tests of its own.
            }
            example(line, folder.path());
        }
    }
}

/// A folder with what the examples read.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("backups")).expect("a folder");
    for name in ["backups/mine.rdb", "dump.rdb"] {
        fs::copy(repository("tests/fixtures/rdb/empty.rdb"), folder.path().join(name)).expect("a copy");
    }
    fs::write(folder.path().join("parameters.json"), "{}").expect("a file");
    // Pages that say little: what an operation is, and of a new one what it takes.
    let page = "# describeDownloadUrl\n\nLinks are valid for 1 hour.\n";
    fs::write(folder.path().join("page.md"), page).expect("a file");
    let new = "# ListThings\n\n## Request Parameters\n\n|Name|Type|Required|Description|\n|---|---|---|---|\n|Id|String|Yes|Id|\n";
    fs::write(folder.path().join("new.md"), new).expect("a file");
    for service in fs::read_dir(repository("specs")).expect("specs").flatten() {
        for file in fs::read_dir(service.path()).into_iter().flatten().flatten() {
            let to = folder.path().join("specs").join(service.file_name());
            fs::create_dir_all(&to).expect("a folder");
            fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
        }
    }
    folder
}

fn example(line: &str, folder: &Path) {
    let programs = Path::new(PROGRAM).parent().expect("a folder");
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("rdbfetch {line}")])
        .env_clear()
        .env("PATH", programs)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    assert!(output.status.success(), "rdbfetch {line}: {}", String::from_utf8_lossy(&output.stderr));
    // What goes to files says nothing.
    let files = [" > ", "man --dir", "--out "].iter().any(|word| line.contains(word));
    assert_eq!(output.stdout.is_empty(), files, "rdbfetch {line}");
}

#[test]
fn the_page_names_services_and_exit_codes() {
    let done = rdbfetch(["--help"]).done().exits(0);
    for service in services() {
        assert!(done.out.contains(service.service.name), "{}", done.out);
    }
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130"] {
        assert!(done.out.contains(&format!("\n  {code} ")), "{code}: {}", done.out);
    }
}

#[test]
fn the_version_is_told() {
    let line = format!("rdbfetch {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(rdbfetch(["-V"]).done().exits(0).out, line);
    let done = rdbfetch(["--version"]).done().exits(0);
    assert!(done.out.starts_with(&line), "{}", done.out);
    for service in services() {
        assert!(done.out.contains(service.service.name), "{}", done.out);
    }
}
