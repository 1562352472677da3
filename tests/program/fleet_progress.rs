//! What is told on stderr while `rdbfetch pull` runs: how far one backup is, or many.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::emulated::Emulator;
use crate::fleet::{SERVICE, backups, emulator, pull};
use crate::schemas::validate;
use crate::support::{Done, rdbfetch, words};

/// The events among the lines, each of which is one but for that of the failure.
fn events(done: &Done) -> Vec<Value> {
    let lines = done.err.lines().filter(|line| !line.starts_with("{\"error\""));
    let events: Vec<Value> =
        lines.map(|line| serde_json::from_str(line).expect("nothing but JSON")).collect();
    for event in &events {
        validate("progress", event);
    }
    events
}

fn name(event: &Value) -> &str {
    event["event"].as_str().expect("a name")
}

#[test]
fn programs_can_follow_many_backups() {
    let stock = backups(SERVICE, 5, &["1001"]);
    let bad = stock.path().join(SERVICE).join("redis-0003/1001/0.rdb");
    fs::write(&bad, "no backup at all").expect("a file");
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!("{SERVICE} --all --dir out --progress json");
    let done = pull(&emulator, SERVICE, folder.path(), &line).exits(3);
    let events = events(&done);

    let mut of: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in events.iter().filter(|event| name(event) != "total") {
        assert_eq!(event["service"], SERVICE);
        of.entry(event["instance"].as_str().expect("an instance")).or_default().push(event);
    }
    assert_eq!(of.len(), 5);
    for (instance, events) in of {
        let names: Vec<&str> = events.iter().map(|event| name(event)).collect();
        assert_eq!((names[0], names[1], names[2]), ("backup-begun", "planned", "started"), "{instance}");
        assert_eq!(events[0]["backup"], "latest", "it is not known yet");
        assert!(events[1..].iter().all(|event| event["backup"] == "1001"), "{events:?}");
        let last = events.last().expect("some");
        let (end, status) =
            if instance == "redis-0003" { ("failed", "failed") } else { ("finished", "pulled") };
        assert_eq!((names[names.len() - 2], name(last)), (end, "backup-ended"), "{instance}: {names:?}");
        assert_eq!(last["status"], status);
        assert_eq!(
            (last["bytes"].is_u64(), last["problem"].is_string()),
            match status {
                "pulled" => (true, false),
                _ => (false, true),
            }
        );
    }
    let total = events.last().expect("some");
    assert_eq!((name(total), &total["instance"]), ("total", &Value::Null));
    let counts = ["backups_done", "backups_failed", "backups_known"].map(|name| total[name].clone());
    assert_eq!(counts, [json!(4), json!(1), json!(5)]);
    let bytes = done.json()["summary"]["bytes"].as_u64().expect("a number");
    assert!(total["received"].as_u64().is_some_and(|received| received >= bytes), "{total}");

    // What is there is begun and ended, and nothing is fetched.
    let again = pull(&emulator, SERVICE, folder.path(), &line).exits(3);
    let ended = |event: &&Value| event["status"] == "already";
    assert_eq!(self::events(&again).iter().filter(ended).count(), 4);
}

#[test]
fn a_file_of_targets_says_from_the_beginning_how_many_there_are() {
    let stock = backups(SERVICE, 3, &["1001", "1002"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let lines: Vec<String> = (0..3)
        .flat_map(|instance| {
            ["1001", "1002"].map(|backup| format!("{SERVICE} redis-{instance:04} {backup}\n"))
        })
        .collect();
    fs::write(folder.path().join("fleet.txt"), lines.concat()).expect("a file");
    let line = "--targets fleet.txt --dir out --progress json --jobs 2";
    let done = pull(&emulator, SERVICE, folder.path(), line).exits(0);
    let events = events(&done);
    let totals: Vec<&Value> = events.iter().filter(|event| name(event) == "total").collect();
    assert!(totals.iter().all(|total| total["backups_known"] == 6), "{totals:?}");
    // No more than two at a time.
    let mut running = BTreeSet::new();
    for event in events.iter().filter(|event| name(event) != "total") {
        let id = (event["instance"].to_string(), event["backup"].to_string());
        match name(event) {
            "backup-begun" => assert!(running.insert(id)),
            "backup-ended" => assert!(running.remove(&id)),
            _ => assert!(running.contains(&id), "{event}"),
        }
        assert!(running.len() <= 2, "{running:?}");
    }
}

#[test]
fn people_read_a_line_for_each_backup_and_one_for_the_whole() {
    let stock = backups(SERVICE, 3, &["1001"]);
    let emulator = emulator(stock.path());
    for form in ["auto", "lines"] {
        let folder = tempfile::tempdir().expect("a folder");
        let line = format!("{SERVICE} --all --dir out --progress {form}");
        let done = pull(&emulator, SERVICE, folder.path(), &line).exits(0);
        let mut lines: Vec<&str> = done.err.lines().filter(|line| !line.starts_with("warning: ")).collect();
        let total = lines.pop().expect("a last line");
        assert!(total.starts_with("total: 3 of 3 backups, ") && total.contains(" fetched in "), "{total}");
        lines.sort_unstable();
        assert_eq!(lines.len(), 3, "{}", done.err);
        for (number, line) in lines.iter().enumerate() {
            let begins = format!("{SERVICE} redis-{number:04} 1001: is there, ");
            assert!(line.starts_with(&begins), "{line}");
        }
    }
}

#[test]
fn nobody_is_told_anything_who_does_not_want_it() {
    let stock = backups(SERVICE, 2, &["1001"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!("{SERVICE} --all --dir out --progress none");
    let done = pull(&emulator, SERVICE, folder.path(), &line).exits(0);
    assert_eq!(done.err, "");
    assert_eq!(done.json()["summary"]["pulled"], 2);
    let line = format!("{line} --overwrite --jobs 1 --fail-fast --accept-unverified");
    fs::write(stock.path().join(SERVICE).join("redis-0000/1001/0.rdb"), "nothing").expect("a file");
    let done = pull(&emulator, SERVICE, folder.path(), &line);
    assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    done.error();
}

#[test]
fn renewed_links_are_counted_in_the_total() {
    let emulator = Emulator::run(rdbfetch(["emulator", "--quiet", "--fault", "file=0,times=1,expired"]));
    let instance = emulator.facts["samples"][SERVICE]["instance"].as_str().expect("an id").to_owned();
    for form in ["json", "lines"] {
        let folder = tempfile::tempdir().expect("a folder");
        // Whether the internal network works is found out with a link, too.
        let line = format!(
            "pull {SERVICE} --instance {instance} --backup latest --network public --progress {form}"
        );
        let done = emulator.against(SERVICE, &line).folder(folder.path()).done().exits(0);
        let size: u64 = done.json()["files"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|file| file["size"].as_u64().expect("a size"))
            .sum();
        if form == "json" {
            let events = events(&done);
            let total = events.last().expect("some");
            let expected = json!({
                "event": "total", "received": size, "size": size, "rate": total["rate"],
                "seconds_left": total["seconds_left"], "renewals": 1, "backups_done": null,
                "backups_failed": null, "backups_known": null, "service": SERVICE,
                "region": emulator.facts["samples"][SERVICE]["region"], "instance": instance,
                "backup": done.json()["backup"],
            });
            assert_eq!(total, &expected);
        } else {
            // The rule is used up: this run's links are good.
            let total = done.err.lines().last().expect("a line");
            assert!(total.starts_with("total: ") && total.contains(" fetched in "), "{}", done.err);
            assert!(!total.contains("renewed"), "{total}");
        }
    }
}

#[test]
fn tables_of_many_have_one_head() {
    let stock = backups(SERVICE, 3, &["1001"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    for form in ["tsv", "table"] {
        let line = words(&format!("{SERVICE} --all --dir {form} --progress none --output {form}")).join(" ");
        let done = pull(&emulator, SERVICE, folder.path(), &line).exits(0);
        let lines: Vec<&str> = done.out.lines().collect();
        assert_eq!(lines.len(), 4, "{}", done.out);
        assert!(lines[0].to_lowercase().starts_with("status"), "{}", done.out);
        assert!(lines[1..].iter().all(|line| line.starts_with("pulled")), "{}", done.out);
    }
}
