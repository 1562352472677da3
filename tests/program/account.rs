//! From an account to a backup, where things go wrong on the way.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};
use crate::support::{Done, Run, rdbfetch, words};

fn run(server: &Server, line: &str) -> Run {
    rdbfetch(words(&format!("{line} --output json --endpoint {}", server.url))).keys()
}

fn done(server: &Server, line: &str) -> Done {
    run(server, line).done()
}

/// A value of a form.
fn of<'a>(request: &'a Request, name: &str) -> &'a str {
    let pairs = request.body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(other, _)| *other == name).map(|(_, value)| value).next().unwrap_or_default()
}

fn form(mut body: Value) -> Reply {
    body["RetCode"] = body.get("RetCode").cloned().unwrap_or_else(|| json!(0));
    body["Action"] = json!("AnyResponse");
    Reply::new(200, body.to_string())
}

/// An account with an instance in each of these regions; `?` is one that is not open to it.
fn account(regions: &'static [&'static str]) -> Server {
    Server::start(move |request| match (of(request, "Action"), of(request, "Region")) {
        ("GetRegion", _) => {
            let rows = regions.iter().map(|region| json!({"Region": region, "RegionName": region}));
            form(json!({"Regions": rows.collect::<Vec<_>>()}))
        }
        ("DescribeUMem", region) if region.contains('x') => {
            form(json!({"RetCode": 299, "Message": "not yours"}))
        }
        ("DescribeUMem", region) => form(json!({"TotalCount": 1, "DataSet": [{
            "ResourceId": format!("uredis-{region}"), "ResourceType": "single", "State": "Running", "Zone": "z",
        }]})),
        _ => form(json!({"RetCode": 161, "Message": "no such operation"})),
    })
}

#[test]
fn every_region_is_asked_and_one_that_fails_keeps_no_other_from_being_listed() {
    let instances = |done: &Done| -> Vec<String> {
        let rows = done.json();
        let rows = rows.as_array().expect("a list").iter();
        rows.map(|row| format!("{} {}", row["region"], row["instance"]).replace('"', "")).collect()
    };
    let all = done(&account(&["a", "b"]), "instances ucloud --region a --all-regions");
    // A region is no other than that of --all-regions.
    all.exits(2);
    let all = done(&account(&["a", "b"]), "instances ucloud --all-regions");
    let all = all.exits(0);
    assert_eq!(instances(&all), ["a uredis-a", "b uredis-b"]);

    let some = done(&account(&["a", "x1", "b", "x2"]), "instances ucloud --all-regions").exits(3);
    assert_eq!(instances(&some), ["a uredis-a", "b uredis-b"]);
    assert_eq!(some.error()["kind"], "partial");
    assert!(some.message().contains("2 of 4 regions could not be asked: x1, x2"), "{}", some.err);

    let none = done(&account(&["x1", "x2"]), "instances ucloud --all-regions").exits(4);
    assert_eq!(none.error()["code"], "299");
}

#[test]
fn where_nobody_lists_regions_those_of_the_documents_are_asked() {
    let server = Server::start(|request| {
        let region = request.target.split_once("Region=").map(|(_, rest)| rest.split('&').next());
        let short = region.flatten().is_some_and(|region| region == "gz" || region == "ap-guangzhou");
        let rows = if short { json!([{"redisId": "crs-1", "status": 2, "typeId": 2}]) } else { json!([]) };
        let body = json!({"code": 0, "message": "", "totalCount": 1, "data": {"redisSet": rows}});
        Reply::new(200, body.to_string())
    });
    let done = done(&server, "instances qcloud --all-regions").exits(0);
    let rows = done.json();
    assert_eq!(rows.as_array().map(Vec::len), Some(1), "one region by two codes has it once: {rows}");
    assert_eq!(rows[0]["instance"], "crs-1");
    assert!(done.err.contains("no operation lists regions"), "{}", done.err);
    assert!(server.requests().len() > 5);
}

/// A service where making backups gives a task only, which then is in this state, and a backup in that.
fn tasks(task: &'static str, state: Option<i64>) -> Server {
    let lists = AtomicUsize::new(0);
    Server::start(move |request| {
        let action = request.headers.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("x-tc-action").then(|| value.trim().to_owned())
        });
        let body = match action.as_deref() {
            Some("DescribeInstances") => json!({"TotalCount": 1, "InstanceSet": [
                {"InstanceId": "crs-1", "Status": 2, "Type": 6}]}),
            Some("ManualBackupInstance") => json!({"TaskId": 77}),
            Some("DescribeTaskInfo") => json!({"Status": task}),
            Some("DescribeInstanceBackups") => {
                let old = json!({"BackupId": "old", "StartTime": "2020-01-01 00:00:00", "Status": 2,
                                 "BackupType": "0"});
                let new = state.filter(|_| lists.fetch_add(1, Ordering::Relaxed) > 0).map(|state| {
                    json!({"BackupId": "new", "StartTime": "2099-01-01 00:00:00", "Status": state,
                           "BackupType": "0"})
                });
                let rows: Vec<Value> = new.into_iter().chain([old]).collect();
                json!({"TotalCount": rows.len(), "BackupSet": rows})
            }
            _ => json!({"Error": {"Code": "InvalidAction", "Message": "no"}}),
        };
        let mut body = body;
        body["RequestId"] = json!("r");
        Reply::new(200, json!({"Response": body}).to_string())
    })
}

const CREATE: &str = "backup create tencent --region ap-guangzhou --instance crs-1";

#[test]
fn a_backup_without_an_id_is_found_when_it_is_finished() {
    let server = tasks("succeed", Some(2));
    let made = done(&server, &format!("{CREATE} --wait")).exits(0);
    assert_eq!(made.json()["backup"], "new");
    assert_eq!(made.json()["state"], "finished");
    assert!(made.err.contains("was asked for (task 77); waiting"), "{}", made.err);
    let asked = server.requests().iter().filter(|request| request.headers.contains("ManualBackup")).count();
    assert_eq!(asked, 1);
}

#[test]
fn what_was_asked_for_is_told_although_it_failed() {
    for (server, line, code, kind) in [
        (tasks("failed", None), "--wait", 1, "backup-failed"),
        (tasks("succeed", Some(-1)), "--wait", 1, "backup-failed"),
        (tasks("running", None), "--wait=10ms", 6, "not-ready"),
    ] {
        let done = done(&server, &format!("{CREATE} {line}")).exits(code);
        assert_eq!(done.json()["task"], "77");
        assert_eq!(done.json()["state"], "unknown");
        assert_eq!(done.error()["kind"], kind, "{}", done.err);
    }
}

#[test]
fn making_a_backup_is_not_repeated_when_nobody_knows_whether_it_was_made() {
    let server = Server::start(|request| match request.headers.contains("ManualBackup") {
        true => Reply { length: Some(1000), ..Reply::new(200, "{") },
        false => Reply::new(200, r#"{"Response":{"TotalCount":0,"BackupSet":[],"RequestId":"r"}}"#),
    });
    done(&server, CREATE).exits(7);
    let asked = server.requests().iter().filter(|request| request.headers.contains("ManualBackup")).count();
    assert_eq!(asked, 1);
}

#[test]
fn an_instance_that_nobody_has_is_5() {
    let server = account(&["a"]);
    let nobody = done(&server, "backups ucloud --region a --instance udredis-none").exits(5);
    assert_eq!(nobody.error()["kind"], "not-found");
}
