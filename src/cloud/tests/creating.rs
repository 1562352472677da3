//! Backups that are made, and waited for.

use super::stage::*;
use super::*;
use crate::cloud::create::NewBackup;
use crate::model::{Backup, State};
use crate::service::Bounds;

/// The clock of the mock clients.
const NOW: i64 = 1_529_927_068;
const LONG: Duration = Duration::from_secs(600);

/// A manual backup of this moment: running 0, finished 1, failed 2, expired 3.
fn one(id: &str, state: i64) -> Value {
    json!({"Id": id, "At": NOW, "State": state, "Kind": "M"})
}

fn named(id: &str, state: i64, name: &str) -> Value {
    json!({"Id": id, "At": NOW, "State": state, "Kind": "M", "Name": name})
}

fn task(state: &str) -> Scripted {
    says(json!({"State": state}))
}

fn asked_for() -> Scripted {
    says(json!({"Task": 7}))
}

/// Makes a backup and waits for it.
async fn make(stage: &Arc<Stage>, service: &'static Service, new: NewBackup) -> Result<Backup, Error> {
    let cloud = stage.client(service);
    let created = cloud.create_backup("i-1", new).await?;
    cloud.wait_created(&created, LONG).await
}

#[tokio::test(start_paused = true)]
async fn the_id_in_the_answer_is_the_backups() {
    let theirs = json!({"Id": "b8", "At": NOW - 9, "State": 1});
    let stage = Stage::new([
        ("Make", vec![says(json!({"Id": "b9"}))]),
        (
            "List",
            vec![lists(json!([theirs, one("b9", 0)])), lists(json!([theirs])), lists(json!([one("b9", 1)]))],
        ),
    ]);
    let cloud = stage.client(&TELLING);
    let created = cloud.create_backup("i-1", NewBackup::default()).await.unwrap();
    assert_eq!((created.backup.as_deref(), created.task.as_deref()), (Some("b9"), None));
    assert_eq!((created.operation, created.request_id.as_deref()), ("Make", Some("r-1")));
    assert_eq!(stage.called(), ["Make"], "nothing has to be known of what was there before");
    let backup = cloud.wait_created(&created, LONG).await.unwrap();
    assert_eq!((backup.backup.as_str(), backup.state), ("b9", State::Finished));
    assert_eq!(stage.when("List"), [0, 2000, 5000], "pauses grow");
}

#[tokio::test(start_paused = true)]
async fn without_an_id_it_is_the_one_that_was_not_there() {
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![task("busy")]),
        (
            "List",
            vec![
                lists(json!([one("b1", 1)])),
                lists(json!([one("b1", 1)])),
                lists(json!([one("b2", 0), one("b1", 1)])),
                lists(json!([one("b2", 1), one("b1", 1)])),
            ],
        ),
    ]);
    let backup = make(&stage, &ACME, NewBackup::default()).await.unwrap();
    assert_eq!((backup.backup.as_str(), backup.state), ("b2", State::Finished));
    assert_eq!(stage.called(), ["List", "Make", "List", "Task", "List", "Task", "List"]);
    assert_eq!(stage.sent("Task", "Task"), some(&["7", "7"]));
}

#[tokio::test(start_paused = true)]
async fn of_one_moment_the_name_tells() {
    let theirs = named("b2", 1, "theirs");
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![task("busy")]),
        (
            "List",
            vec![
                lists(json!([])),
                lists(json!([theirs, named("b3", 0, "mine")])),
                lists(json!([named("b3", 1, "mine"), theirs])),
            ],
        ),
    ]);
    let backup = make(&stage, &ACME, NewBackup::named("mine")).await.unwrap();
    assert_eq!((backup.backup.as_str(), backup.name.as_deref()), ("b3", Some("mine")));
    assert_eq!(stage.sent("Make", "Name"), some(&["mine"]));
}

#[tokio::test(start_paused = true)]
async fn of_two_without_names_the_older_one_is_it() {
    let later = json!({"Id": "b3", "At": NOW + 1, "State": 1, "Kind": "M"});
    for rows in [json!([later, one("b2", 1)]), json!([one("b2", 1), later])] {
        let stage = Stage::new([("Make", vec![asked_for()]), ("List", vec![lists(json!([])), lists(rows)])]);
        assert_eq!(make(&stage, &ACME, NewBackup::default()).await.unwrap().backup, "b2");
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_by_itself_or_long_ago_is_not_it() {
    let automatic = json!({"Id": "b2", "At": NOW, "State": 1, "Kind": "A"});
    // The list did not show it before: it was expired, or in another state that it leaves out.
    let old = json!({"Id": "b0", "At": NOW - 301, "State": 1, "Kind": "M"});
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![task("busy")]),
        (
            "List",
            vec![
                lists(json!([])),
                lists(json!([automatic, old])),
                lists(json!([automatic, one("b3", 1), old])),
            ],
        ),
    ]);
    assert_eq!(make(&stage, &ACME, NewBackup::default()).await.unwrap().backup, "b3");
    assert_eq!(stage.when("List"), [0, 0, 2000]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_a_little_off_hides_nothing() {
    let behind = json!({"Id": "b2", "At": NOW - 299, "State": 1, "Kind": "M"});
    let stage =
        Stage::new([("Make", vec![asked_for()]), ("List", vec![lists(json!([])), lists(json!([behind]))])]);
    assert_eq!(make(&stage, &ACME, NewBackup::default()).await.unwrap().backup, "b2");
}

#[tokio::test(start_paused = true)]
async fn a_task_or_backup_that_fails_ends_the_waiting() {
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![task("busy"), task("bad")]),
        ("List", vec![lists(json!([]))]),
    ]);
    let error = make(&stage, &ACME, NewBackup::default()).await.unwrap_err();
    assert!(matches!(error, Error::BackupFailed(_)), "{error:?}");
    assert_eq!(error.to_string(), "the task 7, which makes the new backup of i-1, failed");
    assert_eq!(stage.when("Task"), [0, 2000]);

    for (state, word) in [(2, "2"), (3, "3")] {
        let stage = Stage::new([
            ("Make", vec![says(json!({"Id": "b2"}))]),
            ("List", vec![lists(json!([one("b2", 0)])), lists(json!([one("b2", state)]))]),
        ]);
        let error = make(&stage, &TELLING, NewBackup::default()).await.unwrap_err();
        assert!(matches!(error, Error::BackupFailed(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("the backup b2 of i-1 is {word}"));
        assert_eq!(stage.when("List"), [0, 2000]);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_goes_on_to_the_end_of_the_time_and_no_longer() {
    let running = || vec![lists(json!([one("b2", 0)]))];
    for (most, looks) in [(0, vec![0]), (1, vec![0, 1000]), (10, vec![0, 2000, 5000, 9500, 10_000])] {
        let stage = Stage::new([("List", running())]);
        let cloud = stage.client(&TELLING);
        let backup = BackupId::new("i-1", "b2");
        let error = cloud.wait_backup(&backup, Duration::from_secs(most)).await.unwrap_err();
        assert!(matches!(error, Error::NotReady(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("the backup b2 of i-1 is not finished after {most} s"));
        assert_eq!(stage.when("List"), looks);
    }
    let stage = Stage::new([("List", running())]);
    let cloud = stage.client(&TELLING);
    cloud.wait_backup(&BackupId::new("i-1", "b2"), LONG).await.unwrap_err();
    let looks = stage.when("List");
    assert!(looks.windows(2).all(|pair| pair[1] - pair[0] <= 30_000), "{looks:?}");
    assert!(looks.len() < 40, "{looks:?}");
}

#[tokio::test(start_paused = true)]
async fn what_passes_does_not_end_the_waiting() {
    let broken = || Err(TransportError::new("List", TransportErrorKind::Broken, "it broke"));
    let mut slow = refuses("Slow").unwrap();
    slow.headers.push(("retry-after".to_owned(), "45".to_owned()));
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![refuses("Busy"), task("busy")]),
        (
            "List",
            vec![
                lists(json!([])),
                refuses("Slow"),
                lists(json!([])),
                broken(),
                Ok(slow),
                lists(json!([one("b2", 1)])),
            ],
        ),
    ]);
    assert_eq!(make(&stage, &ACME, NewBackup::default()).await.unwrap().backup, "b2");
    assert_eq!(stage.when("List"), [0, 0, 2000, 5000, 9500, 54_500], "as long as the service asks to wait");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_ends_the_waiting_at_once() {
    let stage = Stage::new([("List", vec![lists(json!([one("b2", 0)])), refuses("Denied")])]);
    let error = stage.client(&TELLING).wait_backup(&BackupId::new("i-1", "b2"), LONG).await.unwrap_err();
    assert_eq!(error.api().unwrap().code, "Denied");
    assert_eq!(stage.when("List"), [0, 2000]);

    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![refuses("Denied")]),
        ("List", vec![lists(json!([]))]),
    ]);
    let error = make(&stage, &ACME, NewBackup::default()).await.unwrap_err();
    assert_eq!(error.api().unwrap().operation, "Task");
}

#[tokio::test(start_paused = true)]
async fn trouble_to_the_end_is_told_as_it_was() {
    let stage = Stage::new([("List", vec![refuses("Slow")])]);
    let most = Duration::from_secs(3);
    let error = stage.client(&TELLING).wait_backup(&BackupId::new("i-1", "b2"), most).await.unwrap_err();
    assert_eq!(error.api().unwrap().code, "Slow");
    assert_eq!(stage.when("List"), [0, 2000, 3000]);
}

#[tokio::test(start_paused = true)]
async fn waiting_that_is_dropped_can_begin_again() {
    let running = lists(json!([one("b2", 0)]));
    let stage = Stage::slow(
        Duration::from_secs(1),
        [
            ("Make", vec![asked_for()]),
            ("Task", vec![task("busy")]),
            ("List", vec![lists(json!([])), running.clone(), running, lists(json!([one("b2", 1)]))]),
        ],
    );
    let cloud = stage.client(&ACME);
    let created = cloud.create_backup("i-1", NewBackup::default()).await.unwrap();
    // Dropped in the middle of a call, and in the middle of a pause.
    for millis in [500, 3000] {
        let dropped =
            tokio::time::timeout(Duration::from_millis(millis), cloud.wait_created(&created, LONG)).await;
        assert!(dropped.is_err());
    }
    assert_eq!(cloud.wait_created(&created, LONG).await.unwrap().backup, "b2");
    assert_eq!(stage.called().iter().filter(|name| *name == "Make").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_may_be_a_moment_behind() {
    let late = vec![
        lists(json!([])),
        lists(json!([])),
        lists(json!([])),
        lists(json!([one("b2", 0)])),
        lists(json!([])),
        lists(json!([])),
        lists(json!([])),
        lists(json!([one("b2", 1)])),
    ];
    let stage = Stage::new([("List", late)]);
    let backup = BackupId::new("i-1", "b2");
    assert_eq!(stage.client(&TELLING).wait_backup(&backup, LONG).await.unwrap().backup, "b2");

    // Deleted meanwhile, or never there.
    let stage = Stage::new([("List", vec![lists(json!([one("b2", 0)])), lists(json!([]))])]);
    let error = stage.client(&TELLING).wait_backup(&backup, LONG).await.unwrap_err();
    assert!(matches!(error, Error::NoBackup(_)), "{error:?}");
    assert_eq!(error.to_string(), "the backup b2 of i-1 is not listed");
    assert_eq!(stage.when("List").len(), 5);

    // What has no id may take its time, and so may what a task makes.
    let stage = Stage::new([("Make", vec![asked_for()]), ("List", vec![lists(json!([]))])]);
    let error = make(&stage, &TASKLESS, NewBackup::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "the new backup of i-1 is not finished after 600 s");
}

#[tokio::test(start_paused = true)]
async fn where_the_list_has_no_word_the_task_tells() {
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![task("busy"), task("ok")]),
        ("List", vec![lists(json!([])), lists(json!([one("b2", 0)]))]),
    ]);
    assert_eq!(make(&stage, &SILENT, NewBackup::default()).await.unwrap().backup, "b2");
    assert_eq!(stage.when("Task"), [0, 2000], "that it is listed does not mean that it is finished");

    // A state that the spec does not know.
    let stage = Stage::new([
        ("Make", vec![asked_for()]),
        ("Task", vec![task("busy"), task("ok")]),
        ("List", vec![lists(json!([])), lists(json!([one("b2", 9)]))]),
    ]);
    let backup = make(&stage, &ACME, NewBackup::default()).await.unwrap();
    assert_eq!((backup.state, backup.vendor_state.as_deref()), (State::Unknown, Some("9")));

    // Without a task, what is listed is there.
    let stage = Stage::new([("List", vec![lists(json!([one("b2", 0)]))])]);
    let listed = stage.client(&SILENT).wait_backup(&BackupId::new("i-1", "b2"), LONG).await;
    assert_eq!(listed.unwrap().backup, "b2");
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_may_have_been_made_is_not_asked_for_again() {
    let broken = Err(TransportError::new("Make", TransportErrorKind::Broken, "it broke"));
    let stage = Stage::new([("Make", vec![broken]), ("List", vec![lists(json!([]))])]);
    let transport: Arc<dyn Transport> = stage.clone();
    let cloud = builder(&ACME, &Mock::new([])).transport(transport).build().unwrap();
    let error = cloud.create_backup("i-1", NewBackup::default()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert_eq!(stage.called(), ["List", "Make"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_needs_a_place() {
    let stage = Stage::new([]);
    let error = make(&stage, &TELLING, NewBackup::named("mine")).await.unwrap_err();
    assert_eq!(error.to_string(), "Make: backups of acme have no names");
}

#[test]
fn names_are_as_the_vendor_wants_them() {
    let cloud = builder(&ACME, &Mock::new([])).build().unwrap();
    for (bounds, pattern, name) in [
        (Bounds::NONE, None, "rdbfetch-20180625-114428"),
        (Bounds::between(6, 63), Some("[A-Za-z0-9_-]*"), "rdbfetch-20180625-114428"),
        (Bounds::at_most(32), Some("[A-Za-z0-9_]*"), "rdbfetch_20180625_114428"),
        (Bounds::NONE, Some("[a-z][a-z0-9]+"), "rdbfetch20180625114428"),
        (Bounds::between(1, 16), Some("[a-z][a-z0-9-]+"), "r20180625114428"),
        (Bounds::between(2, 8), Some("[a-z0-9]+"), "rpavna4"),
        // Where nothing fits, the service says why.
        (Bounds::between(200, 300), None, "rdbfetch-20180625-114428"),
    ] {
        let operation = naming(bounds, pattern, true);
        let made = cloud.name_for(operation).unwrap();
        assert_eq!(made, name, "{bounds:?} {pattern:?}");
        let parameters = vec![("Instance", json!("i-1")), ("Name", json!(made))];
        let checked = request::validate(operation, &parameters, Strictness::default());
        assert_eq!(checked.is_ok(), bounds.min != Some(200), "{checked:?}");
    }
    assert_eq!(cloud.name_for(naming(Bounds::NONE, None, false)), None, "nobody wants one");
}
