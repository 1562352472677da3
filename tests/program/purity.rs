//! Data on stdout, everything else on stderr, whatever the surroundings are like.

use std::process::{Command, Stdio};

use crate::support::{PROGRAM, a_service, links_operation, rdbfetch, repository, services, words};

#[cfg(unix)]
fn shell(line: &str) -> std::process::Output {
    let program = PROGRAM.replace('\'', "'\\''");
    Command::new("/bin/sh")
        .args(["-c", &line.replace("rdbfetch", &format!("'{program}'"))])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("a shell")
}

#[cfg(unix)]
#[test]
fn whoever_closes_stderr_gets_the_result_and_the_exit_code() {
    let service = a_service();
    let open =
        shell(&format!("rdbfetch services 2>&1 && rdbfetch link {service} --emulator -v >/dev/null 2>&-"));
    assert!(open.status.success());
    assert!(!open.stdout.is_empty());
    let failing = shell(&format!("rdbfetch link {service} --emulator --backup 000 2>&-"));
    assert_eq!(failing.status.code(), Some(5));
    for line in ["rdbfetch nosuch 2>&-", "rdbfetch nosuch -o table 2>&-", "rdbfetch services -o csv 2>&-"] {
        assert_eq!(shell(line).status.code(), Some(2), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_takes_nothing_is_a_failure() {
    for line in ["services", "schema", "completions bash", "man", "services -o tsv"] {
        let output = shell(&format!("rdbfetch {line} > /dev/full"));
        assert_eq!(output.status.code(), Some(9), "{line}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("stdout"), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_refused_in_words() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let odd = OsStr::from_bytes(b"odd\xff");
    let lines: [&[&OsStr]; 6] = [
        &[odd],
        &["ops".as_ref(), odd],
        &["services".as_ref(), "--query".as_ref(), odd],
        &["services".as_ref(), "--output".as_ref(), odd],
        &["link".as_ref(), a_service().as_ref(), "--instance".as_ref(), odd, "--emulator".as_ref()],
        &["backups".as_ref(), a_service().as_ref(), "--param".as_ref(), odd, "--emulator".as_ref()],
    ];
    for line in lines {
        let done = rdbfetch(line).done().exits(2);
        assert_eq!(done.out, "", "{line:?}");
        done.error();
    }
    let mut run = rdbfetch(["services"]);
    run.command().env("RDBFETCH_QUERY", odd);
    run.done().exits(2).error();
    // What names a file need not be text.
    let folder = tempfile::tempdir().expect("a folder");
    if std::fs::copy(repository("tests/fixtures/rdb/empty.rdb"), folder.path().join(odd)).is_ok() {
        let done = rdbfetch([OsStr::new("verify"), odd]).folder(folder.path()).done().exits(0);
        assert_eq!(done.json()[0]["verdict"], "ok");
    }
}

#[test]
fn results_have_no_colours_and_errors_only_where_wanted() {
    for format in ["table", "json", "jsonl", "tsv"] {
        let line = format!("backups {} --emulator -o {format}", a_service());
        let done = rdbfetch(words(&line)).env("CLICOLOR_FORCE", "1").done().exits(0);
        assert!(!done.out.contains('\u{1b}'), "{}", done.out);
        let wrong =
            rdbfetch(words(&format!("nosuch -o {format}"))).env("CLICOLOR_FORCE", "1").done().exits(2);
        assert_eq!(wrong.err.contains('\u{1b}'), format == "table", "{}", wrong.err);
        let plain = rdbfetch(words(&format!("nosuch -o {format}"))).env("NO_COLOR", "1").done().exits(2);
        assert!(!plain.err.contains('\u{1b}'), "{}", plain.err);
    }
}

#[test]
fn quiet_is_quiet_and_verbose_is_on_stderr() {
    let service = services().next().expect("a service");
    let (name, operation) = (service.service.name, links_operation(service));
    for line in [
        format!("call {name} {operation} --emulator"),
        format!("backups {name} --emulator"),
        format!("link {name} --emulator"),
        format!("link {name} --emulator --print-curl"),
        format!("pull {name} --emulator"),
        "man --dir pages".to_owned(),
    ] {
        let quiet = rdbfetch(words(&format!("{line} -q"))).done().exits(0);
        assert_eq!(quiet.err, "", "{line}");
        let told = rdbfetch(words(&format!("{line} -v"))).done().exits(0);
        assert_eq!(told.out.lines().count(), quiet.out.lines().count(), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_tables_that_fit() {
    let terminal = Command::new("script").arg("--version").stdout(Stdio::null()).status();
    if terminal.is_err() {
        eprintln!("SKIPPED: there is no script(1) here to make a terminal");
        return;
    }
    let line = format!("stty cols 60; '{PROGRAM}' ops {}", a_service());
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_remove("COLUMNS")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .expect("script");
    let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let first: Vec<&str> = text.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(first, ["SERVICE", "OPERATION", "SUMMARY"], "a table is what a terminal gets: {text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    let narrow = rdbfetch(["ops", "-o", "table"]).env("COLUMNS", "70").done().exits(0);
    assert!(narrow.out.lines().all(|line| line.chars().count() <= 70), "{}", narrow.out);
    assert!(narrow.out.lines().count() > services().count());
}
