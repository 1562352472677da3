//! What lists of the specified services leave out when they are asked to, and what is made by calls and waited for.

use std::path::Path;
use std::time::Duration;

use rdbfetch::metadata::{ServiceMetadata, services};
use rdbfetch::service::Service;
use rdbfetch::value::{Parameters, Value};
use rdbfetch::{BackupId, BackupKind, Cloud, Error, InstanceKind, NewBackup, Question, State, Timestamp};
use rdbfetch_emulator::{Clock, Emulator, Fault, Scenario};
use serde_json::json;

const WORLD: &str = "
clock: {frozen: 2026-01-10T00:00:00Z}
services:
  tencent: &same
    regions:
      one:
        instances:
          - id: crs-a
            name: cart-live
            created: 2025-03-01T00:00:00Z
            kind: standalone
            zone: '100001'
            backups:
              - {id: d5, created: 2026-01-09T12:00:00Z, state: running}
              - {id: d4, created: 2026-01-08T12:00:00Z, kind: automatic, files: [{keys: 1}]}
              - {id: d3, created: 2026-01-07T12:00:00Z, files: [{keys: 1}]}
              - {id: d2, created: 2026-01-06T12:00:00Z, state: failed}
              - {id: d1, created: 2026-01-05T12:00:00Z, expires: 2026-01-09T00:00:00Z, files: [{keys: 1}]}
          - {id: crs-b, name: cart-test, created: 2025-05-01T00:00:00Z, kind: cluster, state: changing, zone: '100002'}
          - {id: crs-c, name: shop-live, created: 2025-04-01T00:00:00Z, kind: cluster, state: failed, zone: '100002'}
  jdcloud: *same
  qcloud: *same
  ucloud: *same
";

fn service(name: &str) -> &'static Service {
    services().iter().find(|known| known.service.name == name).unwrap().service
}

async fn emulator() -> Emulator {
    let scenario = Scenario::from_yaml(WORLD, Path::new(".")).unwrap();
    Emulator::builder().scenario(scenario).start().await.unwrap()
}

fn cloud(emulator: &Emulator, name: &str, region: &str) -> Cloud {
    let clock = emulator.clock();
    let builder = Cloud::builder(service(name)).endpoint(emulator.endpoint(name).unwrap());
    let builder = builder.credentials(emulator.credentials().clone()).clock(move || clock.now());
    builder.region(region).build().unwrap()
}

/// The body that an operation answers.
async fn call(cloud: &Cloud, operation: &str, parameters: Value) -> Value {
    let operation = cloud.operation(operation).unwrap();
    let Value::Object(given) = parameters else { panic!("an object") };
    let named = |(name, value): (String, Value)| (operation.parameter(&name).unwrap().name, value);
    let list: Parameters = given.into_iter().map(named).collect();
    cloud.call(operation, list).await.unwrap().json().clone()
}

/// The ids that a list holds at `rows`, and what it counts at `total`.
fn ids(body: &Value, rows: &str, id: &str, total: &str) -> (Vec<String>, Option<u64>) {
    let list = body.pointer(rows).and_then(Value::as_array).unwrap();
    let ids = list.iter().map(|row| row[id].as_str().unwrap().to_owned()).collect();
    (ids, body.pointer(total).and_then(Value::as_u64))
}

#[tokio::test]
async fn instances_are_narrowed_as_each_service_asks() {
    let emulator = emulator().await;
    let of_jdcloud = |name: &str, values: Value| json!({"filters": [{"name": name, "values": values}]});
    let both = json!({"filters": [
        {"name": "instanceType", "operator": "eq", "values": ["redis_cluster"]},
        {"name": "cacheInstanceStatus", "values": ["error", "running"]},
    ]});
    let (tencent, qcloud, jdcloud) = ("DescribeInstances", "DescribeRedis", "describeCacheInstances");
    for (name, operation, asked, wanted) in [
        ("tencent", tencent, json!({}), "a b c"),
        ("tencent", tencent, json!({"InstanceIds": ["crs-c", "crs-a", "crs-x"]}), "a c"),
        ("tencent", tencent, json!({"InstanceIds": []}), "a b c"),
        ("tencent", tencent, json!({"SearchKey": "cart"}), "a b"),
        ("tencent", tencent, json!({"SearchKeys": ["test", "crs-c"]}), "b c"),
        ("tencent", tencent, json!({"SearchKey": "live", "TypeVersion": 3}), "c"),
        ("tencent", tencent, json!({"TypeVersion": 1}), "a"),
        ("tencent", tencent, json!({"TypeVersion": 3, "Status": [1]}), "b"),
        ("tencent", tencent, json!({"OrderBy": "createtime"}), "b c a"),
        ("tencent", tencent, json!({"OrderBy": "createtime", "OrderType": 0}), "a c b"),
        ("tencent", tencent, json!({"OrderBy": "instancename", "OrderType": 1}), "c b a"),
        ("tencent", tencent, json!({"OrderBy": "curDeadline"}), "a b c"),
        ("jdcloud", jdcloud, json!({"sorts": [{"name": "createTime", "direction": "desc"}]}), "b c a"),
        ("jdcloud", jdcloud, json!({"sorts": [{"name": "createTime"}]}), "a c b"),
        ("qcloud", qcloud, json!({"orderBy": "redisId", "limit": 9, "offset": 0}), "c b a"),
        ("qcloud", qcloud, json!({"redisNameFuzzeySearch": "-live", "limit": 9, "offset": 0}), "a c"),
        ("qcloud", qcloud, json!({"redisType": 2, "limit": 9, "offset": 0}), "a"),
        ("jdcloud", jdcloud, json!({}), "a b c"),
        ("jdcloud", jdcloud, of_jdcloud("cacheInstanceId", json!(["crs-b", "crs-a"])), "a b"),
        ("jdcloud", jdcloud, of_jdcloud("cacheInstanceName", json!(["live"])), "a c"),
        ("jdcloud", jdcloud, of_jdcloud("cacheInstanceStatus", json!(["error"])), "c"),
        ("jdcloud", jdcloud, of_jdcloud("instanceType", json!(["redis"])), "a"),
        ("jdcloud", jdcloud, of_jdcloud("chargeMode", json!(["any"])), "a b c"),
        ("jdcloud", jdcloud, both, "c"),
        ("ucloud", "DescribeURedisGroup", json!({}), "a"),
        ("ucloud", "DescribeUMem", json!({"Protocol": "redis", "Zone": "100002"}), "b c"),
    ] {
        let body = call(&cloud(&emulator, name, "one"), operation, asked.clone()).await;
        let (rows, id, total) = match name {
            "tencent" => ("/Response/InstanceSet", "InstanceId", "/Response/TotalCount"),
            "qcloud" => ("/data/redisSet", "redisId", "/totalCount"),
            "jdcloud" => ("/result/cacheInstances", "cacheInstanceId", "/result/totalCount"),
            _ if operation == "DescribeUMem" => ("/DataSet", "ResourceId", "/TotalCount"),
            _ => ("/DataSet", "GroupId", "/TotalCount"),
        };
        let wanted: Vec<String> = wanted.split(' ').map(|id| format!("crs-{id}")).collect();
        let count = Some(wanted.len() as u64);
        assert_eq!(ids(&body, rows, id, total), (wanted, count), "{name} {operation} {asked}");
    }
}

#[tokio::test]
async fn backups_are_narrowed_by_state_age_and_id() {
    let emulator = emulator().await;
    let (tencent, qcloud) = ("DescribeInstanceBackups", "GetRedisBackupList");
    for (name, operation, asked, wanted) in [
        ("tencent", tencent, json!({"InstanceId": "crs-a", "Status": [1, 2, -1]}), "d5 d4 d3 d1"),
        ("tencent", tencent, json!({"InstanceId": "crs-a", "Status": [-1]}), "d1"),
        (
            "tencent",
            tencent,
            json!({"Status": [2], "BeginTime": "2026-01-07 20:00:00", "EndTime": "2026-01-08 19:59:59"}),
            "d3",
        ),
        (
            "qcloud",
            qcloud,
            json!({"redisId": "crs-a", "limit": 9, "offset": 0, "beginTime": "2026-01-08 20:00:00"}),
            "d5 d4",
        ),
        ("jdcloud", "describeBackups", json!({"cacheInstanceId": "crs-a", "baseId": "d3"}), "d3"),
        (
            "jdcloud",
            "describeBackups",
            json!({"cacheInstanceId": "crs-a", "startTime": "2026-01-06T12:00:00Z", "endTime": "2026-01-07T12:00:00Z"}),
            "d3 d2",
        ),
        ("ucloud", "DescribeURedisBackup", json!({"GroupId": "crs-a", "BackupId": "d4"}), "d4"),
    ] {
        let body = call(&cloud(&emulator, name, "one"), operation, asked.clone()).await;
        let (rows, id, total) = match name {
            "tencent" => ("/Response/BackupSet", "BackupId", "/Response/TotalCount"),
            "qcloud" => ("/data/redisBackupSet", "backupId", "/totalCount"),
            "jdcloud" => ("/result/backups", "baseId", "/result/totalCount"),
            _ => ("/DataSet", "BackupId", "/TotalCount"),
        };
        let wanted: Vec<String> = wanted.split(' ').map(str::to_owned).collect();
        let count = Some(wanted.len() as u64);
        assert_eq!(ids(&body, rows, id, total), (wanted, count), "{name} {asked}");
    }
    // One that is not there is an empty list.
    let asked = json!({"cacheInstanceId": "crs-a", "baseId": "d9"});
    let body = call(&cloud(&emulator, "jdcloud", "one"), "describeBackups", asked).await;
    assert_eq!((&body["result"]["backups"], &body["result"]["totalCount"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn shards_and_restrictions_follow_from_what_there_is() {
    let emulator = emulator().await;
    let cloud = self::cloud(&emulator, "ucloud", "one");
    let shards = cloud.shards("crs-b").await.unwrap();
    let told: Vec<_> = shards.iter().map(|one| (one.shard.as_str(), one.vendor_state.as_deref())).collect();
    assert_eq!(
        told,
        [1, 2, 3].map(|n| ["crs-b-1", "crs-b-2", "crs-b-3"][n - 1]).map(|id| (id, Some("Resizing")))
    );
    let asked = json!({"SpaceId": "crs-b", "Zone": "100002", "Offset": 1, "Limit": 1});
    let body = call(&cloud, "DescribeUMemBlockInfo", asked).await;
    assert_eq!((&body["DataSet"].as_array().unwrap().len(), &body["ReadMode"]), (&1, &json!("Uniform")));
    assert_eq!(body["DataSet"][0]["BlockName"], "shard-2");
    let error = cloud.shards("crs-a").await.unwrap_err();
    assert!(matches!(error, Error::Config(_)), "{error:?}: it is no cluster");

    let cloud = self::cloud(&emulator, "tencent", "one");
    let body = call(&cloud, "DescribeBackupDownloadRestriction", json!({})).await;
    assert_eq!(
        (&body["Response"]["LimitType"], &body["Response"]["VpcComparisonSymbol"]),
        (&json!("NoLimit"), &json!("In"))
    );
}

/// A client of a service at an emulator with samples, and an instance of each kind.
fn sampled(emulator: &Emulator, metadata: &ServiceMetadata) -> Cloud {
    let sample = emulator.sample(metadata.service.name).unwrap();
    cloud(emulator, metadata.service.name, &sample.region)
}

const NOW: Duration = Duration::ZERO;

#[tokio::test]
async fn backups_are_made_by_calls_and_ready_in_time() {
    let clock = Clock::frozen(Timestamp::from_unix(1_768_003_200).unwrap());
    let emulator = Emulator::builder().clock(clock).start().await.unwrap();
    for metadata in services() {
        let name = metadata.service.name;
        let cloud = sampled(&emulator, metadata);
        for instance in cloud.instances().await.unwrap() {
            let id = &instance.instance;
            let created = cloud.create_backup(id, NewBackup::default()).await.unwrap();
            let error = cloud.wait_created(&created, NOW).await.unwrap_err();
            assert!(matches!(error, Error::NotReady(_)), "{name}: {error}");
            // Somebody else's, made a moment later.
            emulator.advance(Duration::from_secs(1));
            emulator.create_backup(name, id, NOW).unwrap();
            emulator.advance(Duration::from_secs(29));
            let backup = cloud.wait_created(&created, NOW).await.unwrap();
            assert_eq!(
                (backup.state, backup.kind == BackupKind::Automatic),
                (State::Finished, false),
                "{name}"
            );
            assert!(created.backup.as_ref().is_none_or(|made| *made == backup.backup), "{name}");
            assert_eq!(backup.created_at.unwrap().unix(), created.at.unix(), "{name}: not the other one");
            let links = cloud.backup_links(&BackupId::new(id, &backup.backup)).await.unwrap();
            let files = if instance.kind == InstanceKind::Standalone { 1 } else { 3 };
            assert_eq!(links.files.len(), files, "{name} {id}");
        }
    }
}

#[tokio::test]
async fn a_rule_makes_the_next_backup_fail() {
    let clock = Clock::frozen(Timestamp::from_unix(1_768_003_200).unwrap());
    let emulator = Emulator::builder().clock(clock).start().await.unwrap();
    for metadata in services() {
        let name = metadata.service.name;
        let cloud = sampled(&emulator, metadata);
        let instance = cloud.instances().await.unwrap().remove(0).instance;
        let makes = cloud.operation_about(&instance, Question::Create).await.unwrap().name;
        emulator.add_fault(Fault::on(name).operation(makes).times(1).failed_backup()).unwrap();
        let created = cloud.create_backup(&instance, NewBackup::default()).await.unwrap();
        let error = cloud.wait_created(&created, NOW).await.unwrap_err();
        assert!(matches!(error, Error::NotReady(_)), "{name}: it runs before it fails: {error}");
        emulator.advance(Duration::from_secs(30));
        let error = cloud.wait_created(&created, NOW).await.unwrap_err();
        assert!(matches!(error, Error::BackupFailed(_)), "{name}: {error}");
        let created = cloud.create_backup(&instance, NewBackup::default()).await.unwrap();
        emulator.advance(Duration::from_secs(30));
        assert!(cloud.wait_created(&created, NOW).await.is_ok(), "{name}: once only");
    }
}
