//! The invented cloud with two products: everything from an account to the files of a new backup, without a word of Rust
//! about it.

use std::time::Duration;

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::value::{Parameters, Value};
use rdbfetch::{
    BackupId, BackupKind, Cloud, Credentials, Error, InstanceKind, InstanceState, NewBackup, Question, State,
    Timestamp,
};
use rdbfetch_clouds::services;
use rdbfetch_emulator::world::{Account, Backup, Project, Recipe, Region, World};
use rdbfetch_emulator::{Clock, Emulator, Fault};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// 2026-01-10T00:00:00Z.
const CLOCK: i64 = 1_768_003_200;
const DAY: i64 = 86_400;

/// A moment so many days before the clock's.
fn ago(days: i64) -> Timestamp {
    Timestamp::from_unix(CLOCK - days * DAY).expect("a moment")
}

fn nodes(region: Region) -> Region {
    let dump = |id: &str, days| Backup::new(id).created(ago(days));
    region
        .name("Europe")
        .instance("n-1", |one| {
            one.name("cart")
                .kind("standalone")
                .zone("eu-a")
                .created(ago(90))
                .backup(dump("d4", 1).never_ends())
                .backup(dump("d3", 2).name("weekly").file("d3", Recipe::keys(20)))
                .backup(dump("d2", 3).automatic().file("d2", Recipe::keys(1)))
                .backup(dump("d1", 4).fails())
        })
        .instance("n-2", |one| {
            one.name("cart-ring").kind("cluster").zone("eu-b").state("changing").created(ago(60))
        })
        .instance("n-3", |one| one.name("shop").kind("standalone").zone("eu-b").state("stopped"))
        .instance("n-4", |one| one.name("red-one").kind("standalone").project("red"))
}

fn world() -> World {
    let world = World::empty().account(Account::new("MAIN", "main"));
    world.account(Account::new("GUEST", "guest").projects(["red"])).service("two-products", |service| {
        service
            .project(Project::new("blue").name("Blue"))
            .project(Project::new("red").name("Red"))
            .region("eu", nodes)
            .region("us", |region| region.instance("n-9", |one| one.kind("cluster").zone("us-a")))
    })
}

fn products() -> &'static ServiceMetadata {
    services().iter().find(|metadata| metadata.service.name == "two-products").expect("there is one")
}

async fn emulator() -> Emulator {
    let builder = Emulator::builder().services(services()).world(world()).clock(Clock::frozen(ago(0)));
    builder.start().await.expect("a free port on loopback")
}

fn client(emulator: &Emulator, (key, secret): (&str, &str), team: Option<&str>) -> Cloud {
    let clock: Clock = emulator.clock();
    let builder = Cloud::builder(products().service)
        .endpoint(emulator.endpoint("two-products").expect("it is served"))
        .credentials(Credentials::new(key, secret))
        .clock(move || clock.now())
        .region("eu");
    let builder = team.into_iter().fold(builder, |builder, team| builder.project(team));
    builder.build().expect("everything is configured")
}

const MAIN: (&str, &str) = ("MAIN", "main");
const NOW: Duration = Duration::ZERO;

#[tokio::test]
async fn an_account_has_areas_teams_and_nodes() {
    let emulator = emulator().await;
    let cloud = client(&emulator, MAIN, None);
    let regions = cloud.regions().await.expect("areas");
    let told: Vec<_> = regions.iter().map(|one| (one.region.as_str(), one.name.as_deref())).collect();
    assert_eq!(told, [("eu", Some("Europe")), ("us", Some("us"))]);
    let teams = cloud.projects().await.expect("teams");
    let told: Vec<_> = teams.iter().map(|one| (one.project.as_str(), one.default)).collect();
    assert_eq!(told, [("blue", Some(true)), ("red", Some(false))]);

    let nodes = cloud.instances().await.expect("nodes");
    let told: Vec<_> = nodes
        .iter()
        .map(|one| {
            (one.instance.as_str(), one.kind, one.state, one.vendor_state.as_deref(), one.zone.as_deref())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("n-1", InstanceKind::Standalone, InstanceState::Running, Some("1"), Some("eu-a")),
            ("n-2", InstanceKind::Cluster, InstanceState::Changing, Some("2"), Some("eu-b")),
            ("n-3", InstanceKind::Standalone, InstanceState::Stopped, Some("3"), Some("eu-b")),
        ]
    );
    assert!(
        nodes.iter().all(|one| one.region.as_deref() == Some("eu") && one.project.as_deref() == Some("blue"))
    );
    let red = client(&emulator, ("GUEST", "guest"), Some("red")).instances().await.expect("a node");
    assert_eq!(red.iter().map(|one| one.instance.as_str()).collect::<Vec<_>>(), ["n-4"]);
    let denied = client(&emulator, ("GUEST", "guest"), None).instances().await;
    assert!(matches!(denied, Err(Error::Api(error)) if error.code == "13"));
}

#[tokio::test]
async fn lists_are_narrowed_by_every_word() {
    let emulator = emulator().await;
    let cloud = client(&emulator, MAIN, None);
    let nodes = cloud.operation("ListNodes").expect("it is specified");
    let only = |about: &str, is: Value| json!({"only": [{"about": about, "is": is}]});
    for (asked, wanted) in [
        (json!({"ids": ["n-3", "n-1"]}), "n-1 n-3"),
        (json!({"label": "cart"}), "n-1"),
        (json!({"part": "cart"}), "n-1 n-2"),
        (json!({"part": "n-3"}), "n-3"),
        (json!({"build": 2}), "n-2"),
        (only("state", json!(["2", "3"])), "n-2 n-3"),
        (only("zone", json!(["eu-b"])), "n-2 n-3"),
        (only("team", json!(["red"])), ""),
        (only("weather", json!(["rain"])), "n-1 n-2 n-3"),
        (json!({"only": [{"about": "zone", "is": ["eu-b"]}, {"about": "state", "is": ["3"]}]}), "n-3"),
        (json!({"rows": 1, "page": 2}), "n-2"),
        (json!({"by": "label", "downwards": true}), "n-3 n-2 n-1"),
        (json!({"by": "age"}), "n-1 n-2 n-3"),
        (json!({"by": "age", "downwards": true}), "n-2 n-1 n-3"),
    ] {
        let Value::Object(given) = asked.clone() else { panic!("an object") };
        let list: Parameters = given
            .into_iter()
            .map(|(name, value)| (nodes.parameter(&name).expect("it is specified").name, value))
            .collect();
        let body = cloud.call(nodes, list).await.expect("a list").json().clone();
        let rows = body["data"]["nodes"].as_array().expect("a list");
        let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
        assert_eq!(ids.join(" "), wanted, "{asked}");
        let count = if asked["rows"].is_null() { ids.len() as u64 } else { 3 };
        assert_eq!(body["data"]["count"], count, "{asked}");
    }
    for (asked, wanted) in [
        (vec![], "d4 d3 d2 d1"),
        (vec![("states", json!([1, 2]))], "d3 d2 d1"),
        (vec![("source", json!("clock"))], "d2"),
        (vec![("source", json!("any"))], "d4 d3 d2 d1"),
        (vec![("dump", json!("d1"))], "d1"),
        // In the service's local time.
        (vec![("from", json!("2026-01-07 08:00:00")), ("to", json!("2026-01-08 08:00:00"))], "d3 d2"),
    ] {
        let backups = cloud.backups_with("n-1", asked.clone()).await.expect("a list");
        let ids: Vec<&str> = backups.iter().map(|one| one.backup.as_str()).collect();
        assert_eq!(ids.join(" "), wanted, "{asked:?}");
    }
}

#[tokio::test]
async fn the_kind_leads_to_the_right_product() {
    let emulator = emulator().await;
    let cloud = client(&emulator, MAIN, None);
    for (node, names) in [
        ("n-1", ["ListDumps", "DumpLink", "MakeDump"]),
        ("n-2", ["ListRingDumps", "RingDumpLinks", "MakeRingDump"]),
    ] {
        for (question, name) in [Question::Backups, Question::Links, Question::Create].into_iter().zip(names)
        {
            let found = cloud.operation_about(node, question).await.expect("there is one");
            assert_eq!(found.name, name, "{node}");
        }
    }
    assert!(matches!(cloud.backups("n-8").await, Err(Error::NoInstance(_))));
    let shards = cloud.shards("n-2").await.expect("shards");
    assert_eq!((shards.len(), shards[2].state), (3, InstanceState::Changing));

    let backups = cloud.backups("n-1").await.expect("a list");
    let told: Vec<_> = backups.iter().map(|one| (one.backup.as_str(), one.state, one.kind)).collect();
    assert_eq!(
        told,
        [
            ("d4", State::Running, BackupKind::Manual),
            ("d3", State::Finished, BackupKind::Manual),
            ("d2", State::Finished, BackupKind::Automatic),
            ("d1", State::Failed, BackupKind::Manual),
        ],
        "two pages, in states that the list leaves out unless it is asked"
    );
    let weekly = &backups[1];
    assert_eq!(weekly.created_at, Some(ago(2)), "local time");
    assert!(weekly.size.is_some_and(|size| size > 0 && size % 1024 == 0), "{weekly:?}");
}

#[tokio::test]
async fn backups_of_both_products_are_made_waited_for_and_linked() {
    let emulator = emulator().await;
    let cloud = client(&emulator, MAIN, None);
    for (node, files) in [("n-1", 1), ("n-2", 3)] {
        let created = cloud.create_backup(node, NewBackup::default()).await.expect("a backup");
        assert_eq!(created.backup.is_some(), node == "n-2", "only one product tells the id");
        assert_eq!(created.task.is_some(), node == "n-1", "only one product has tasks");
        assert_eq!(created.name.as_deref(), (node == "n-2").then_some("r20260110000030"));
        let early = cloud.wait_created(&created, NOW).await;
        assert!(matches!(early, Err(Error::NotReady(_))), "{early:?}");
        emulator.advance(Duration::from_secs(30));
        let backup = cloud.wait_created(&created, NOW).await.expect("it is finished");
        assert_eq!((backup.state, backup.created_at), (State::Finished, Some(created.at)), "{node}");
        assert_eq!(backup.name, created.name);
        let links = cloud.backup_links(&BackupId::new(node, &backup.backup)).await.expect("links");
        assert_eq!(links.files.len(), files, "{node}");
    }
}

#[tokio::test]
async fn what_fails_is_told_by_the_task_and_by_the_list() {
    let emulator = emulator().await;
    let cloud = client(&emulator, MAIN, None);
    for (node, operation) in [("n-1", "MakeDump"), ("n-2", "MakeRingDump")] {
        let rule = Fault::on("two-products").operation(operation).failed_backup();
        emulator.add_fault(rule).expect("a sound rule");
        let created = cloud.create_backup(node, NewBackup::default()).await.expect("a backup");
        emulator.advance(Duration::from_secs(30));
        let failed = cloud.wait_created(&created, NOW).await;
        assert!(matches!(failed, Err(Error::BackupFailed(_))), "{node}: {failed:?}");
    }
    let created = cloud.create_backup("n-1", NewBackup::named("again")).await.expect("a backup");
    let job = created.task.expect("a job");
    let tell = cloud.operation("TellJob").expect("it is specified");
    emulator.advance(Duration::from_secs(30));
    let body = cloud.call(tell, vec![("job", json!(job.parse::<u64>().expect("a number")))]).await;
    assert_eq!(body.expect("a state").json()["data"]["state"], 4);
}

/// What clients of other makes go by.
#[tokio::test]
async fn a_flag_says_no_where_a_call_failed() {
    let emulator = Emulator::builder().services(services()).start().await.expect("a port");
    let endpoint = emulator.endpoint("two-products").expect("it is served");
    let authority = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = tokio::net::TcpStream::connect(authority).await.expect("a connection");
    let request =
        format!("GET /?operation=Nobody HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["ok"], json!(false), "{body}");
    assert!(body["why"]["code"].is_number(), "{body}");
}
