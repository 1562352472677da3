//! Instances, projects, regions and tasks of the specified services, as the library's client sees them.

use std::path::Path;
use std::time::Duration;

use rdbfetch::metadata::services;
use rdbfetch::service::Service;
use rdbfetch::value::{Parameters, Value};
use rdbfetch::{
    BackupId, Cloud, Credentials, Error, Instance, InstanceKind, InstanceState, NewBackup, State,
};
use rdbfetch_emulator::{Emulator, Scenario};
use serde_json::json;

const WORLD: &str = "
clock: {frozen: 2026-01-02T03:04:05Z}
accounts:
  - {access_key: MAIN, secret_key: main}
  - {access_key: SUB, secret_key: sub, projects: [org-b]}
  - {access_key: OTHER, secret_key: other}
services:
  ucloud:
    projects:
      - {id: org-a, name: First}
      - {id: org-b, name: Second}
    regions:
      cn-bj2:
        name: Beijing 2
        instances:
          - {id: uredis-1, name: sessions, state: changing, backups: [{id: b1, name: nightly, files: [{keys: 1}]}]}
          - id: udredis-1
            kind: cluster
            zone: cn-bj2-04
            backups: [{id: b2, files: [{keys: 1}, {keys: 2}]}]
          - {id: uredis-2, project: org-b}
      cn-sh2: {instances: [{id: uredis-3}]}
  tencent:
    regions:
      ap-guangzhou:
        instances:
          - {id: crs-1, name: one, state: stopped}
          - {id: crs-2, name: two, kind: cluster, zone: \"100003\"}
          - {id: crs-3, state: creating, account: OTHER}
";

fn service(name: &str) -> &'static Service {
    services().iter().find(|known| known.service.name == name).unwrap().service
}

async fn emulator() -> Emulator {
    let scenario = Scenario::from_yaml(WORLD, Path::new(".")).unwrap();
    Emulator::builder().scenario(scenario).start().await.unwrap()
}

/// A client of a service in a region, as one of the accounts.
fn cloud(emulator: &Emulator, name: &str, region: &str, (key, secret): (&str, &str), project: &str) -> Cloud {
    let clock = emulator.clock();
    let mut builder = Cloud::builder(service(name))
        .endpoint(emulator.endpoint(name).unwrap())
        .credentials(Credentials::new(key, secret))
        .clock(move || clock.now())
        .region(region);
    if !project.is_empty() {
        builder = builder.project(project);
    }
    builder.build().unwrap()
}

const MAIN: (&str, &str) = ("MAIN", "main");
const SUB: (&str, &str) = ("SUB", "sub");

fn ids(instances: &[Instance]) -> Vec<&str> {
    instances.iter().map(|one| one.instance.as_str()).collect()
}

/// The code of the service's error.
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Api(error) => error.code,
        other => panic!("{other:?}"),
    }
}

async fn call(cloud: &Cloud, operation: &str, parameters: Value) -> Result<Value, Error> {
    let operation = cloud.operation(operation).unwrap();
    let Value::Object(given) = parameters else { panic!("an object") };
    let named = |(name, value): (String, Value)| {
        let parameter = operation.parameters.iter().find(|one| one.name == name).unwrap();
        (parameter.name, value)
    };
    let list: Parameters = given.into_iter().map(named).collect();
    Ok(cloud.call(operation, list).await?.json().clone())
}

#[tokio::test]
async fn instances_are_what_was_declared() {
    let emulator = emulator().await;
    let list = cloud(&emulator, "ucloud", "cn-bj2", MAIN, "").instances().await.unwrap();
    assert_eq!(ids(&list), ["uredis-1", "udredis-1"], "those of the default project");
    let [one, two] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!((one.state, one.kind), (InstanceState::Changing, InstanceKind::Standalone));
    assert_eq!((one.name.as_deref(), one.zone.as_deref()), (Some("sessions"), Some("cn-bj2-01")));
    assert_eq!((two.state, two.kind), (InstanceState::Running, InstanceKind::Cluster));
    assert_eq!((two.name.as_deref(), two.zone.as_deref()), (Some("udredis-1"), Some("cn-bj2-04")));
    assert_eq!(two.vendor_kind.as_deref(), Some("distributed"));

    let list = cloud(&emulator, "tencent", "ap-guangzhou", MAIN, "").instances().await.unwrap();
    assert_eq!(ids(&list), ["crs-1", "crs-2"], "crs-3 is another account's");
    assert_eq!((list[0].state, list[0].vendor_state.as_deref()), (InstanceState::Stopped, Some("-2")));
    assert_eq!((list[1].kind, list[1].zone.as_deref()), (InstanceKind::Cluster, Some("100003")));
}

#[tokio::test]
async fn lists_of_instances_are_narrowed_and_come_in_pages() {
    let emulator = emulator().await;
    let cloud = cloud(&emulator, "tencent", "ap-guangzhou", MAIN, "");
    let found = async |parameters| {
        let body = call(&cloud, "DescribeInstances", parameters).await.unwrap();
        let list = body["Response"]["InstanceSet"].as_array().unwrap().clone();
        let ids: Vec<Value> = list.iter().map(|one| one["InstanceId"].clone()).collect();
        (body["Response"]["TotalCount"].clone(), Value::from(ids))
    };
    for (parameters, total, ids) in [
        (json!({"Limit": 1}), 2, json!(["crs-1"])),
        (json!({"Limit": 1, "Offset": 1}), 2, json!(["crs-2"])),
        (json!({"Offset": 2}), 2, json!([])),
        (json!({"Status": [-2, -3]}), 1, json!(["crs-1"])),
        (json!({"Status": [0]}), 0, json!([])),
        (json!({"InstanceName": "two"}), 1, json!(["crs-2"])),
        (json!({"InstanceId": "crs-2"}), 1, json!(["crs-2"])),
    ] {
        assert_eq!(found(parameters.clone()).await, (json!(total), ids), "{parameters}");
    }
    for id in ["crs-3", "crs-9"] {
        let result = call(&cloud, "DescribeInstances", json!({"InstanceId": id})).await;
        assert_eq!(code(result), "ResourceNotFound.InstanceNotExists");
    }
    let result = call(&cloud, "DescribeInstances", json!({"Limit": 1001})).await;
    assert_eq!(code(result), "InvalidParameterValue");

    let cloud = self::cloud(&emulator, "ucloud", "cn-bj2", MAIN, "");
    let zones = json!({"Protocol": "redis", "Zone": "cn-bj2-04"});
    let body = call(&cloud, "DescribeUMem", zones).await.unwrap();
    assert_eq!((&body["TotalCount"], &body["DataSet"][0]["ResourceId"]), (&json!(1), &json!("udredis-1")));
    let kinds = json!({"Protocol": "redis", "ResourceType": "single"});
    let body = call(&cloud, "DescribeUMem", kinds).await.unwrap();
    assert_eq!((&body["TotalCount"], &body["DataSet"][0]["ResourceId"]), (&json!(1), &json!("uredis-1")));
}

#[tokio::test]
async fn projects_are_for_those_who_are_let_in() {
    let emulator = emulator().await;
    let projects = cloud(&emulator, "ucloud", "cn-bj2", MAIN, "").projects().await.unwrap();
    let told: Vec<_> =
        projects.iter().map(|one| (one.project.as_str(), one.name.as_deref(), one.default)).collect();
    assert_eq!(told, [("org-a", Some("First"), Some(true)), ("org-b", Some("Second"), Some(false))]);
    let projects = cloud(&emulator, "ucloud", "cn-bj2", SUB, "").projects().await.unwrap();
    assert_eq!(projects.iter().map(|one| one.project.as_str()).collect::<Vec<_>>(), ["org-b"]);

    let list = cloud(&emulator, "ucloud", "cn-bj2", MAIN, "org-b").instances().await.unwrap();
    assert_eq!(ids(&list), ["uredis-2"]);
    let list = cloud(&emulator, "ucloud", "cn-bj2", SUB, "org-b").instances().await.unwrap();
    assert_eq!(ids(&list), ["uredis-2"]);
    // The default project is closed to the one, and the last does not exist.
    for (account, project) in [(SUB, ""), (SUB, "org-a"), (MAIN, "org-c")] {
        let result = cloud(&emulator, "ucloud", "cn-bj2", account, project).instances().await;
        assert_eq!(code(result), "292", "{account:?} {project}");
    }
    let elsewhere = cloud(&emulator, "ucloud", "cn-bj2", MAIN, "org-b");
    let parameters = json!({"GroupId": "uredis-1"});
    assert_eq!(code(call(&elsewhere, "DescribeURedisBackup", parameters).await), "20209");
}

#[tokio::test]
async fn regions_are_listed_from_any_region() {
    let emulator = emulator().await;
    for region in ["cn-bj2", "cn-sh2", "nowhere"] {
        let regions = cloud(&emulator, "ucloud", region, MAIN, "").regions().await.unwrap();
        let told: Vec<_> = regions.iter().map(|one| (one.region.as_str(), one.name.as_deref())).collect();
        assert_eq!(told, [("cn-bj2", Some("Beijing 2")), ("cn-sh2", Some("cn-sh2"))]);
    }
    let list = cloud(&emulator, "ucloud", "cn-sh2", MAIN, "").instances().await.unwrap();
    assert_eq!(ids(&list), ["uredis-3"]);
    assert_eq!(code(cloud(&emulator, "ucloud", "nowhere", MAIN, "").instances().await), "230");
}

#[tokio::test]
async fn an_operation_refuses_instances_that_it_is_not_for() {
    let emulator = emulator().await;
    let cloud = cloud(&emulator, "ucloud", "cn-bj2", MAIN, "");
    let right = json!({"SpaceId": "udredis-1", "Zone": "cn-bj2-04"});
    let body = call(&cloud, "DescribeUMemBackup", right).await.unwrap();
    assert_eq!(body["DataSet"][0]["BackupId"], "b2");
    for (operation, parameters) in [
        ("DescribeUMemBackup", json!({"SpaceId": "uredis-1", "Zone": "cn-bj2-01"})),
        ("DescribeUMemBackup", json!({"SpaceId": "udredis-1", "Zone": "cn-bj2-05"})),
        ("DescribeUMemBackupURL", json!({"SpaceId": "uredis-1", "Zone": "cn-bj2-01", "BackupId": "b1"})),
        ("DescribeUMemBackupURL", json!({"SpaceId": "udredis-1", "Zone": "cn-bj2-04", "BackupId": "b1"})),
        ("CreateUMemBackup", json!({"SpaceId": "uredis-1", "Zone": "cn-bj2-01", "BackupName": "before"})),
        ("DescribeURedisBackup", json!({"GroupId": "udredis-1"})),
        ("DescribeURedisBackupURL", json!({"GroupId": "udredis-1", "BackupId": "b2"})),
        ("CreateURedisBackup", json!({"GroupId": "udredis-1", "BackupName": "before"})),
    ] {
        let result = call(&cloud, operation, parameters.clone()).await;
        assert_eq!(code(result), "20209", "{operation} {parameters}");
    }
}

#[tokio::test]
async fn the_client_finds_the_operation_of_each_kind() {
    let emulator = emulator().await;
    let cloud = cloud(&emulator, "ucloud", "cn-bj2", MAIN, "");
    for (instance, backup, files) in [("uredis-1", "b1", 1), ("udredis-1", "b2", 2)] {
        let links = cloud.backup_links(&BackupId::new(instance, backup)).await.unwrap();
        assert_eq!(links.files.len(), files, "{instance}");
    }
    assert_eq!(cloud.backups("uredis-1").await.unwrap()[0].name.as_deref(), Some("nightly"));
    let made = cloud.create_backup("udredis-1", NewBackup::named("before-release")).await.unwrap();
    let id = made.backup.unwrap();
    let listed = cloud.backups("udredis-1").await.unwrap();
    let new = listed.iter().find(|one| one.backup == id).unwrap();
    assert_eq!((new.state, new.name.as_deref()), (State::Running, Some("before-release")));
    emulator.advance(Duration::from_secs(60));
    let links = cloud.backup_links(&BackupId::new("udredis-1", &id)).await.unwrap();
    assert_eq!(links.files.len(), 3, "a cluster's backup has a file for each shard");
    assert!(matches!(cloud.instance("nowhere").await, Err(Error::NoInstance(_) | Error::Api(_))));
}

#[tokio::test]
async fn tasks_go_with_their_backup() {
    let emulator = emulator().await;
    let cloud = cloud(&emulator, "tencent", "ap-guangzhou", MAIN, "");
    let made = cloud.create_backup("crs-1", NewBackup::named("by hand")).await.unwrap();
    let task: u64 = made.task.unwrap().parse().unwrap();
    let status = async || {
        let body = call(&cloud, "DescribeTaskInfo", json!({"TaskId": task})).await.unwrap();
        body["Response"]["Status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status().await, "running");
    emulator.advance(Duration::from_secs(30));
    assert_eq!(status().await, "succeed");
    let listed = cloud.backups("crs-1").await.unwrap();
    assert_eq!((listed[0].name.as_deref(), listed[0].state), (Some("by hand"), State::Finished));
    // What an instance is, a new backup has: one file.
    let links = cloud.backup_links(&BackupId::new("crs-1", &listed[0].backup)).await.unwrap();
    assert_eq!(links.files.len(), 1);

    // A task is as its backup, also after the emulator went on from a snapshot.
    let snapshot = serde_json::to_string(&emulator.snapshot()).unwrap();
    emulator.delete_backup("tencent", "crs-1", &listed[0].backup).unwrap();
    let gone = async || code(call(&cloud, "DescribeTaskInfo", json!({"TaskId": task})).await);
    assert_eq!(gone().await, "InvalidParameter.InvalidParameter");
    emulator.restore(&serde_json::from_str(&snapshot).unwrap()).unwrap();
    assert_eq!(status().await, "succeed");
    assert_eq!(cloud.backups("crs-1").await.unwrap(), listed);
}

#[tokio::test]
async fn one_backup_and_one_instance_can_be_described() {
    let emulator = Emulator::builder().start().await.unwrap();
    let account = emulator.credentials().clone();
    let of = |name: &str| {
        let sample = emulator.sample(name).unwrap();
        let (key, secret) = (account.access_key(), account.secret());
        let clock = emulator.clock();
        let builder = Cloud::builder(service(name)).endpoint(emulator.endpoint(name).unwrap());
        let builder = builder.credentials(Credentials::new(key, secret)).clock(move || clock.now());
        (builder.region(&*sample.region).build().unwrap(), sample.clone())
    };
    let (cloud, sample) = of("jdcloud");
    let body =
        call(&cloud, "describeCacheInstance", json!({"cacheInstanceId": sample.instance})).await.unwrap();
    let told = &body["result"]["cacheInstance"];
    assert_eq!(
        (&told["cacheInstanceId"], &told["cacheInstanceType"]),
        (&json!("emulated-1"), &json!("cluster"))
    );
    assert_eq!(told["azId"]["master"], "cn-north-1-01");
    let missing = call(&cloud, "describeCacheInstance", json!({"cacheInstanceId": "redis-x"})).await;
    assert_eq!(code(missing), "404");
    let asked = json!({"cacheInstanceId": sample.instance, "baseId": sample.backup});
    let body = call(&cloud, "describeBackupInfo", asked).await.unwrap();
    assert_eq!((&body["result"]["backupStatus"], &body["result"]["backupType"]), (&json!(2), &json!(1)));
    let asked = json!({"cacheInstanceId": sample.instance, "baseId": "none"});
    assert_eq!(code(call(&cloud, "describeBackupInfo", asked).await), "404");
    // The lists are not asked of these.
    assert_eq!(ids(&cloud.instances().await.unwrap()), ["emulated-1", "emulated-2"]);
    assert_eq!(cloud.backups("emulated-2").await.unwrap().len(), 3);

    let (cloud, sample) = of("tencent");
    let asked = json!({"InstanceId": sample.instance, "BackupId": sample.backup});
    let body = call(&cloud, "DescribeBackupDetail", asked).await.unwrap();
    assert_eq!(
        (&body["Response"]["BackupId"], &body["Response"]["Status"]),
        (&json!(sample.backup), &json!(2))
    );
    let asked = json!({"InstanceId": sample.instance, "BackupId": "none"});
    assert_eq!(
        code(call(&cloud, "DescribeBackupDetail", asked).await),
        "InvalidParameterValue.BackupNotExists"
    );
}

#[tokio::test]
async fn every_service_has_samples_of_the_kinds_it_tells_apart() {
    let emulator = Emulator::builder().start().await.unwrap();
    for (name, expected) in [
        (
            "jdcloud",
            vec![("emulated-1", InstanceKind::Cluster, 3), ("emulated-2", InstanceKind::Standalone, 1)],
        ),
        ("qcloud", vec![("emulated-1", InstanceKind::Standalone, 1)]),
        (
            "tencent",
            vec![("emulated-1", InstanceKind::Cluster, 3), ("emulated-2", InstanceKind::Standalone, 1)],
        ),
        (
            "ucloud",
            vec![("emulated-1", InstanceKind::Standalone, 1), ("emulated-2", InstanceKind::Cluster, 3)],
        ),
    ] {
        let sample = emulator.sample(name).unwrap();
        assert_eq!((&*sample.instance, &*sample.backup), ("emulated-1", "20260101000000-1"), "{name}");
        let clock = emulator.clock();
        let builder = Cloud::builder(service(name)).endpoint(emulator.endpoint(name).unwrap());
        let builder = builder.credentials(emulator.credentials().clone()).clock(move || clock.now());
        let cloud = builder.region(&*sample.region).build().unwrap();
        let mut found = Vec::new();
        let instances = cloud.instances().await.unwrap();
        for instance in &instances {
            let backup = cloud.latest_backup(&instance.instance).await.unwrap().backup;
            let links = cloud.backup_links(&BackupId::new(&instance.instance, backup)).await.unwrap();
            found.push((&*instance.instance, instance.kind, links.files.len()));
        }
        assert_eq!(found, expected, "{name}");
    }
}
