//! Completions and manual pages.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{links_operation, rdbfetch, services, words};

/// Runs another program, if it is there, with text on its stdin.
fn tool(line: &[&str], text: &str) -> Option<(bool, String)> {
    let (program, args) = line.split_first().expect("a program");
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: there is no {program} here");
        return None;
    };
    let _ = child.stdin.take().expect("stdin").write_all(text.as_bytes());
    let output = child.wait_with_output().expect("the tool ends");
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn shells_take_their_completions() {
    for (shell, check) in [
        ("bash", Some(vec!["bash", "-n"])),
        ("zsh", Some(vec!["zsh", "-n"])),
        ("fish", Some(vec!["fish", "--no-execute"])),
        ("powershell", None),
        ("elvish", None),
    ] {
        let script = rdbfetch(["completions", shell]).done().exits(0);
        assert_eq!(script.err, "");
        for word in ["backups", "pull", "print-curl", "query"] {
            assert!(script.out.contains(word), "{shell}: {word}");
        }
        if let Some((fine, said)) = check.and_then(|check| tool(&check, &script.out)) {
            assert!(fine, "{shell}: {said}");
        }
    }
    rdbfetch(["completions", "tcsh"]).done().exits(2);
}

#[test]
fn bash_completes_services_and_operations() {
    let script = rdbfetch(["completions", "bash"]).done().exits(0).out;
    let complete = |line: &str| {
        let line: Vec<&str> = line.split(' ').collect();
        let ask = format!(
            "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_rdbfetch rdbfetch '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            line.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            line.len() - 1,
            line[line.len() - 1],
            line[line.len() - 2],
        );
        tool(&["bash", "--norc"], &ask).map(|(_, said)| said)
    };
    let Some(commands) = complete("rdbfetch ba") else { return };
    assert!(commands.lines().any(|line| line == "backups"), "{commands}");
    for service in services() {
        let name = service.service.name;
        let said = complete(&format!("rdbfetch link {}", &name[..2])).expect("bash is there");
        assert!(said.lines().any(|line| line == name), "{said}");
        if let Some((region, _)) = service.known_values("region").first() {
            let said = complete(&format!("rdbfetch link {name} --region {}", &region[..1])).expect("bash");
            assert!(said.lines().any(|line| line == *region), "{said}");
        }
        let operation = links_operation(service);
        let said = complete(&format!("rdbfetch call {name} {}", &operation[..3])).expect("bash is there");
        assert!(said.lines().any(|line| line == operation), "{said}");
    }
}

#[test]
fn manual_pages_are_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = rdbfetch(["man", "--dir", "pages/man1"]).folder(folder.path()).done().exits(0);
    assert_eq!(done.out, "");
    let pages = fs::read_dir(folder.path().join("pages/man1")).expect("pages").flatten();
    let mut names = Vec::new();
    for page in pages {
        let name = page.file_name().into_string().expect("UTF-8");
        let text = fs::read_to_string(page.path()).expect("a page");
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{name}: {text}");
        assert!(!text.contains("Not built"), "{name}");
        let path = page.path().display().to_string();
        if let Some((fine, said)) = tool(&["man", "--warnings", "-l", "-Tutf8", &path], "") {
            assert!(fine && said.to_lowercase().contains(name.trim_end_matches(".1")), "{name}: {said}");
            assert!(!said.contains("warning: "), "{name}: {said}");
        }
        names.push(name);
    }
    for name in ["rdbfetch.1", "rdbfetch-pull.1", "rdbfetch-spec-check.1", "rdbfetch-man.1"] {
        assert!(names.iter().any(|one| one == name), "{names:?}");
    }
    assert!(names.iter().all(|one| one != "rdbfetch-help.1"), "{names:?}");
}

#[test]
fn a_page_can_be_printed() {
    for (line, title) in
        [("man", "RDBFETCH"), ("man link", "RDBFETCH\\-LINK"), ("man spec check", "RDBFETCH\\-SPEC\\-CHECK")]
    {
        let done = rdbfetch(words(line)).done().exits(0);
        assert!(
            done.out.contains(&format!(".TH {title}")) || done.out.contains(&title.replace("\\-", "-")),
            "{}",
            done.out
        );
        assert!(done.out.contains(".SH SYNOPSIS"));
    }
    let message = rdbfetch(["man", "lnik"]).done().exits(2).message();
    assert!(message.contains("Did you mean \"link\"?"), "{message}");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "").expect("a file");
    rdbfetch(["man", "--dir", "file/below"]).folder(folder.path()).done().exits(9);
}
