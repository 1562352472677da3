//! Which operation answers for which instance.

use super::stage::*;
use super::*;
use crate::cloud::create::NewBackup;
use crate::model::InstanceKind;

fn instances() -> Scripted {
    of(3, json!([{"Id": "i-1", "Zone": "z-1", "Kind": "one"}, {"Id": "i-2", "Zone": "z-2", "Kind": "many"}]))
}

fn more() -> Scripted {
    of(3, json!([{"Id": "i-3", "Zone": "z-3", "Kind": "few"}]))
}

fn stage(pages: Vec<Scripted>) -> Arc<Stage> {
    let file = json!({"Id": "b1", "Set": [{"Url": "http://h/0"}]});
    Stage::new([
        ("Instances", pages),
        ("ListOne", vec![lists(json!([{"Id": "b1"}]))]),
        ("ListMany", vec![lists(json!([{"Id": "b2"}]))]),
        ("LinkOne", vec![says(file.clone())]),
        ("LinkMany", vec![says(file)]),
        ("MakeOne", vec![says(json!({"Owner": "i-1"}))]),
        ("MakeMany", vec![says(json!({"Id": "b9"}))]),
    ])
}

#[tokio::test(start_paused = true)]
async fn the_kind_decides_and_is_looked_up_once() {
    let stage = stage(vec![instances()]);
    let cloud = stage.client(&PRODUCTS);
    assert_eq!(cloud.backups("i-1").await.unwrap()[0].backup, "b1");
    cloud.backup_links(&BackupId::new("i-1", "b1")).await.unwrap();
    cloud.create_backup("i-1", NewBackup::default()).await.unwrap();
    assert_eq!(stage.called(), ["Instances", "ListOne", "LinkOne", "ListOne", "MakeOne"]);

    assert_eq!(cloud.backups("i-2").await.unwrap()[0].backup, "b2");
    cloud.backup_links(&BackupId::new("i-2", "b1")).await.unwrap();
    let created = cloud.create_backup("i-2", NewBackup::default()).await.unwrap();
    assert_eq!((created.operation, created.backup.as_deref()), ("MakeMany", Some("b9")));
    assert_eq!(stage.called()[5..], ["Instances", "ListMany", "LinkMany", "MakeMany"]);
    for action in ["ListMany", "LinkMany", "MakeMany"] {
        assert_eq!(stage.sent(action, "Zone"), some(&["z-2"]), "{action}");
    }
    assert_eq!(stage.sent("ListOne", "Zone"), [None, None]);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_known_is_not_looked_up() {
    let stage = stage(Vec::new());
    let cloud = stage.client(&PRODUCTS);
    cloud.remember(Instance::new("i-9").with_kind(InstanceKind::Cluster).with_zone("z-9"));
    assert_eq!(cloud.clone().operation_about("i-9", Question::Links).await.unwrap().name, "LinkMany");
    assert_eq!(cloud.backups("i-9").await.unwrap().len(), 1);
    assert_eq!(stage.called(), ["ListMany"]);
    assert_eq!(stage.sent("ListMany", "Zone"), some(&["z-9"]));
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_not_there_is_not_asked_about() {
    let stage = stage(vec![instances(), more(), instances(), more()]);
    let cloud = stage.client(&PRODUCTS);
    let error = cloud.backups("i-7").await.unwrap_err();
    assert!(matches!(error, Error::NoInstance(_)), "{error:?}");
    assert_eq!(error.to_string(), "Instances: no instance of the region r-1 has the id i-7");
    assert_eq!(stage.called(), ["Instances", "Instances"], "both pages");
    // It may be there by now.
    assert!(matches!(cloud.instance("i-7").await, Err(Error::NoInstance(_))));
    assert_eq!(stage.called().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_no_operation_is_for_is_named() {
    let stage = stage(vec![instances(), more()]);
    let cloud = stage.client(&PRODUCTS);
    for (question, what) in [
        (Question::Backups, "lists backups"),
        (Question::Links, "gives download links"),
        (Question::Create, "makes backups"),
    ] {
        let error = cloud.operation_about("i-3", question).await.unwrap_err();
        let text = format!("no specified operation of acme {what} for i-3, which is of the kind few");
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(stage.called(), ["Instances", "Instances"]);
}

#[tokio::test(start_paused = true)]
async fn trouble_with_looking_up_is_told_and_not_remembered() {
    let stage = Stage::new([
        ("Instances", vec![refuses("Denied"), instances()]),
        ("ListOne", vec![lists(json!([]))]),
    ]);
    let cloud = stage.client(&PRODUCTS);
    assert_eq!(cloud.backups("i-1").await.unwrap_err().api().unwrap().code, "Denied");
    assert!(cloud.known_instance("i-1").is_none());
    assert_eq!(cloud.backups("i-1").await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn instances_show_once_each() {
    let stage = Stage::new([(
        "Instances",
        vec![
            of(3, json!([{"Id": "i-1"}, {"Id": "i-2"}])),
            // One was made meanwhile, so that i-2 moved to this page.
            of(4, json!([{"Id": "i-2"}, {"Id": "i-3"}])),
        ],
    )]);
    let instances = stage.client(&PRODUCTS).instances().await.unwrap();
    let ids: Vec<&str> = instances.iter().map(|one| one.instance.as_str()).collect();
    assert_eq!(ids, ["i-1", "i-2", "i-3"]);
    assert_eq!(instances[0].region.as_deref(), Some("r-1"), "as it was asked for");
}

#[tokio::test(start_paused = true)]
async fn shards_are_those_of_instances_that_have_some() {
    let stage = Stage::new([
        ("Instances", vec![instances(), instances()]),
        ("Shards", vec![lists(json!([{"Id": "s-1", "Name": "first"}, {"Id": "s-2"}]))]),
    ]);
    let cloud = stage.client(&PRODUCTS);
    let shards = cloud.shards("i-2").await.unwrap();
    let told: Vec<_> = shards.iter().map(|one| (one.shard.as_str(), one.name.as_deref())).collect();
    assert_eq!(told, [("s-1", Some("first")), ("s-2", None)]);
    assert!(shards.iter().all(|one| one.instance == "i-2"));
    assert_eq!(stage.sent("Shards", "Zone"), some(&["z-2"]));
    let error = cloud.shards("i-1").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no specified operation of acme lists shards for i-1, which is of the kind one"
    );
}
