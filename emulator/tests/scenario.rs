//! Scenarios in YAML: what is read, what is refused and how that is told, and the page that documents them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rdbfetch_emulator::world::{Account, Backup, Moment, Project, Recipe, ScenarioError, Source, World};
use rdbfetch_emulator::{Emulator, Scenario, Snapshot};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/emulator")
}

fn read(text: &str) -> Result<Scenario, ScenarioError> {
    Scenario::from_yaml(text, page())
}

/// What is said about a scenario that cannot be.
fn refused(text: &str) -> String {
    match read(text) {
        Err(error) => error.to_string(),
        Ok(scenario) => panic!("{text}\nis taken as {scenario:?}"),
    }
}

/// A scenario with one backup, which is this.
fn with_backup(backup: &str) -> String {
    format!("services: {{tencent: {{regions: {{r: {{instances: [{{id: i, backups: [{backup}]}}]}}}}}}}}")
}

/// A scenario with one file, which is this.
fn with_file(file: &str) -> String {
    with_backup(&format!("{{id: b, files: [{file}]}}"))
}

/// The fenced blocks of a language on the page.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for after in text.split(&format!("\n```{language}\n")).skip(1) {
        blocks.push(after.split("\n```").next().unwrap().to_owned());
    }
    assert!(!blocks.is_empty(), "the page has no {language}");
    blocks
}

#[tokio::test]
async fn the_example_is_what_it_says() {
    let scenario = Scenario::read(page().join("scenario.yaml")).unwrap();
    assert_eq!((scenario.seed, scenario.link_ttl), (Some(7), Some(Duration::from_secs(900))));
    let emulator = Emulator::builder().scenario(scenario).start().await.unwrap();
    assert_eq!(emulator.clock().now().to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(emulator.credentials().access_key(), "AKIDMAIN");
    assert_eq!(emulator.temporary_credentials().token(), Some("session-token"));
    let sample = emulator.sample("tencent").unwrap();
    assert_eq!(
        (&*sample.region, &*sample.instance, &*sample.backup),
        ("ap-guangzhou", "crs-main", "nightly-2")
    );
    assert_eq!(emulator.sample("jdcloud").unwrap().backup, "first");
    assert_eq!(emulator.sample("ucloud"), None);
    let again: Snapshot =
        serde_json::from_str(&serde_json::to_string(&emulator.snapshot()).unwrap()).unwrap();
    assert_eq!(again, emulator.snapshot());
}

#[tokio::test]
async fn the_examples_on_the_page_are_read() {
    let text = fs::read_to_string(page().join("scenario.md")).unwrap().replace('\r', "");
    for yaml in blocks(&text, "yaml") {
        let scenario = read(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        Emulator::builder().scenario(scenario).start().await.unwrap();
    }
    for json in blocks(&text, "json") {
        let snapshot: Snapshot =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}\n{json}"));
        let emulator = Emulator::builder().restore(snapshot).start().await.unwrap();
        assert_eq!(emulator.sample("tencent").unwrap().backup, "b-1");
    }
    // The tables: every form of a file and of a clock.
    let mut forms = 0;
    for line in text.lines().filter(|line| line.starts_with("| `{")) {
        let form = line.split('`').nth(1).unwrap();
        let yaml =
            match form.starts_with("{offset") || form.starts_with("{frozen") || form.starts_with("{start") {
                true => format!("clock: {form}"),
                false => with_file(&form.replace("files/dump.rdb", "scenario.yaml")),
            };
        read(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        forms += 1;
    }
    assert_eq!(forms, 7);
}

#[test]
fn yaml_and_rust_say_the_same() {
    let yaml = "
builtin_accounts: false
samples: false
accounts:
  - {access_key: A, secret_key: a, denied: [DescribeBackupUrl], services: [tencent], projects: [p, q]}
  - {access_key: T, secret_key: t, token: x, of: A, expires: 2026-01-02T03:04:05Z}
  - {access_key: N, secret_key: n, refuse_tokens: true}
services:
  tencent:
    projects:
      - {id: p, name: P}
      - {id: q, default: true}
    regions:
      one:
        name: One
        instances:
          - id: i
            name: n
            state: changing
            kind: cluster
            zone: '100002'
            project: p
            account: A
            backups:
              - {id: b, name: nightly, created: -2d, takes: 90s, state: failed, kind: automatic, expires: +1h, files: [
                  {name: f, base64: YWJj}, {name: g, sample: 1},
                  {name: h, keys: 5, value_size: 6, expiring: 2, version: 7, checksum: false}]}
              - {id: c, state: running}
      two: {}
";
    let day = Duration::from_secs(86_400);
    let at = rdbfetch::Timestamp::from_unix(1_767_323_045).unwrap();
    let recipe = Recipe::keys(5).value_size(6).expiring(2).version(7).without_checksum();
    let rust = World::empty()
        .account(Account::new("A", "a").deny("DescribeBackupUrl").services(["tencent"]).projects(["p", "q"]))
        .account(Account::new("T", "t").token("x").of("A").expires(at))
        .account(Account::new("N", "n").refuse_tokens())
        .service("tencent", |service| {
            service
                .project(Project::new("p").name("P"))
                .project(Project::new("q").default_one())
                .region("one", |region| {
                    region.name("One").instance("i", |instance| {
                        let backup = Backup::new("b")
                            .name("nightly")
                            .created(Moment::ago(2 * day))
                            .takes(Duration::from_secs(90))
                            .fails()
                            .automatic()
                            .expires(Moment::later(day / 24))
                            .file("f", "abc")
                            .file("g", Source::Sample(1))
                            .file("h", recipe);
                        let instance = instance.name("n").state("changing").kind("cluster");
                        let instance = instance.zone("100002").project("p").account("A");
                        instance.backup(backup).backup(Backup::new("c").never_ends())
                    })
                })
                .region("two", |region| region)
        });
    assert_eq!(read(yaml).unwrap().world, rust);
    assert_eq!(read("{}").unwrap().world, World::default());
}

#[test]
fn paths_are_relative_to_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files/a.rdb"), "abc").unwrap();
    let file = folder.path().join("s.yaml");
    fs::write(&file, with_file("{path: files/a.rdb}, {path: files/b.rdb}, {path: files}")).unwrap();
    let error = Scenario::read(&file).unwrap_err();
    let paths: Vec<&str> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
    let start = "services.tencent.regions.r.instances[0].backups[0].files";
    assert_eq!(paths, [format!("{start}[1].path"), format!("{start}[2].path")], "{error}");
    assert_eq!(error.file(), Some(&*file));
    let text = error.to_string();
    assert!(text.contains("b.rdb cannot be read:") && text.contains("files is no file"), "{text}");
    assert!(text.lines().all(|line| line.starts_with(&file.display().to_string())), "{text}");
    fs::write(&file, with_file("{path: files/a.rdb}")).unwrap();
    Scenario::read(&file).unwrap();

    let missing = Scenario::read(folder.path().join("none.yaml")).unwrap_err().to_string();
    assert!(missing.contains("none.yaml: cannot be read"), "{missing}");
}

#[test]
fn the_form_is_strict_and_told_with_its_place() {
    for (yaml, parts) in [
        ("seeds: 7", &["line 1", "unknown field `seeds`", "`seed`"][..]),
        ("seed: x", &["line 1", "seed", "invalid type"]),
        ("seed: -1", &["seed", "-1"]),
        ("- a", &["expected a scenario"]),
        ("a: [", &["line "]),
        ("seed: 1\nseed: 2", &["duplicate field `seed`"]),
        ("services: {tencent: {}, tencent: {}}", &["\"tencent\" is there twice"]),
        ("services: {tencent: {region: {}}}", &["services.tencent", "unknown field `region`", "`regions`"]),
        ("services: {tencent: {regions: {r: 5}}}", &["services.tencent.regions.r", "a region: a mapping"]),
        ("services: [tencent]", &["services", "a mapping by name"]),
        ("accounts: [{access_key: A}]", &["accounts[0]", "missing field `secret_key`"]),
        ("accounts: [{access_key: A, secret_key: b, tokn: x}]", &["accounts[0]", "unknown field `tokn`"]),
        ("link_ttl: 5", &["link_ttl", "a duration such as 250ms, 30s, 5m, 12h or 2d"]),
        ("link_ttl: 5 minutes", &["link_ttl", "a duration such as"]),
        ("clock: fast", &["clock", "a clock: `real`, or a mapping"]),
        ("clock: {frozen: -2d}", &["clock", "\"-2d\" is no time: expected 2026-01-02T03:04:05Z"]),
        ("clock: {start: 2026-01-02T03:04:05Z}", &["a clock has either `offset`, or `frozen`"]),
        ("clock: {offset: 5}", &["clock"]),
    ] {
        let text = refused(yaml);
        assert!(parts.iter().all(|part| text.contains(part)), "{yaml}\n{text}");
    }
    for (backup, part) in [
        ("{created: now}", "missing field `id`"),
        ("{id: b, created: yesterday}", "a time such as 2026-01-02T03:04:05Z, -2d, +30m or now"),
        ("{id: b, created: 2d}", "a time such as"),
        ("{id: b, state: expired}", "unknown variant `expired`"),
        ("{id: b, kind: daily}", "unknown variant `daily`"),
        ("{id: b, size: 5}", "unknown field `size`"),
    ] {
        let text = refused(&with_backup(backup));
        assert!(text.contains(part) && text.contains("instances[0].backups[0]"), "{backup}\n{text}");
    }
    for (file, part) in [
        ("{name: a}", "exactly one of `path`, `keys`, `sample` and `base64`"),
        ("{path: a, keys: 1}", "exactly one of"),
        ("{sample: 0, version: 9}", "go with `keys` only"),
        ("{base64: '*'}", "base64: "),
        ("{keys: -1}", "keys"),
        ("{keys: 1, values: 1}", "unknown field `values`"),
    ] {
        let text = refused(&with_file(file));
        assert!(text.contains(part) && text.contains("backups[0].files"), "{file}\n{text}");
    }
    let text = refused("accounts: [{access_key: A, secret_key: [98765]}]");
    assert!(text.contains("accounts[0]") && text.contains("put it in quotes"), "{text}");
    for account in [r#"{"access_key": "A", "secret_key": 98765}"#, r#"{"access_key": "A", "token": 98765}"#] {
        let text = format!(r#"{{"version": 1, "seed": 0, "clock": "real", "accounts": [{account}]}}"#);
        let text = serde_json::from_str::<Snapshot>(&text).unwrap_err().to_string();
        assert!(text.contains("put it in quotes") && !text.contains("98765"), "{text}");
    }
    let text = refused("seed: 1\nlink_ttl: 5 minutes\n");
    assert!(text.starts_with("line 2, column "), "{text}");
    assert_eq!(text.matches("line").count(), 1, "{text}");
}

#[test]
fn what_cannot_be_is_told_all_at_once() {
    let text = refused(
        "
accounts:
  - {access_key: A, secret_key: a, denied: [DescribeBackupURLs, tencnt/x], services: [tencent, qclod]}
  - {access_key: A, secret_key: b}
services:
  tencetn: {}
  tencent:
    regions:
      r:
        instances:
          - {id: ''}
          - {id: i, backups: [{id: b, files: [{name: a, sample: 7}, {name: a, keys: 1, expiring: 2, version: 5}]}]}
  ucloud:
    projects: [{id: p, default: true}, {id: p, default: true}, {id: ''}]
    regions:
      r: {instances: [{id: i, backups: [{id: b}, {id: b}]}]}
      s:
        instances:
          - {id: j, project: nowhere, state: runing, kind: shard}
          - {id: k, kind: standalone, backups: [{id: c, files: [{sample: 0}, {sample: 1}]}]}
          - {id: l, backups: [{id: d, files: [{sample: 0}, {sample: 1}]}]}
faults: [none]
",
    );
    for part in [
        "accounts[0].denied[0]: there is no operation \"DescribeBackupURLs\"; did you mean \"DescribeBackupUrl\"?",
        "accounts[0].denied[1]: there is no service \"tencnt\"; did you mean \"tencent\"?",
        "accounts[0].services[1]: there is no service \"qclod\"; did you mean \"qcloud\"?",
        "accounts[1].access_key: another account has this access key",
        "services.tencetn: there is no service \"tencetn\"; did you mean \"tencent\"?",
        "services.tencent.regions.r.instances[0].id: an id must not be empty",
        "instances[1].backups[0].files[0].sample: there is no sample 7",
        "instances[1].backups[0].files[1].name: another file of the backup has this name",
        "instances[1].backups[0].files[1].version: version 5 cannot be written: expected 6 to 12",
        "instances[1].backups[0].files[1].expiring: 2 of 1 keys cannot expire",
        "services.ucloud.regions.r.instances[0].backups[1].id: there is another backup \"b\"",
        "services.ucloud.projects: one project can be the default one",
        "services.ucloud.projects[1].id: there is another project \"p\" in this service",
        "services.ucloud.projects[2].id: an id must not be empty",
        "services.ucloud.regions.s.instances[0].project: the service has no project \"nowhere\"",
        "services.ucloud.regions.s.instances[0].state: there is no \"runing\"; did you mean \"running\"?",
        "services.ucloud.regions.s.instances[0].kind: there is no \"shard\"; expected one of standalone, cluster",
        "services.ucloud.regions.s.instances[1].backups[0].files: backups of ucloud have one file each",
        "faults[0]: a rule is an object, not \"none\"",
    ] {
        assert!(text.contains(part), "{part}\n\nis not in\n\n{text}");
    }
    assert_eq!(text.lines().count(), 19, "{text}");
}

#[test]
fn faults_are_rules() {
    let scenario = read("faults: [{on: {service: tencent}, times: 2, status: 503}, {reset: true}]").unwrap();
    let fault = rdbfetch_emulator::Fault::on("tencent").times(2).status(503);
    assert_eq!(scenario.faults, [fault, rdbfetch_emulator::Fault::any().reset()]);
    let text = refused("faults: [{reset: true}, {latncy: 1s}, {on: {service: tencnt}, reset: true}]");
    assert!(text.contains("faults[1]: a rule: `latncy` is not known; the nearest is `latency`"), "{text}");
    assert!(
        text.contains("faults[2]: `service`: there is no service \"tencnt\"; the nearest is tencent"),
        "{text}"
    );
}

#[test]
fn generated_files_are_bounded() {
    let text = refused(&with_file("{keys: 18446744073709551615, value_size: 18446744073709551615}"));
    assert!(text.contains("files[0].keys:") && text.contains("256 MiB"), "{text}");
    read(&with_file("{keys: 1000000, value_size: 100}")).unwrap();
}

/// A folder with these files; a name that ends with a slash is a folder.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(if name.ends_with('/') { &path } else { path.parent().unwrap() }).unwrap();
        if !name.ends_with('/') {
            fs::write(&path, name).unwrap();
        }
    }
    folder
}

#[tokio::test]
async fn a_folder_has_the_backups() {
    let folder = folder(&[
        "tencent/crs-1/older/b.rdb",
        "tencent/crs-1/older/a.rdb",
        "tencent/crs-1/older/.hidden",
        "tencent/crs-1/newer/one.rdb",
        "tencent/crs-2/",
        ".git/config",
    ]);
    for (name, seconds) in [("older", 1_000_000), ("newer", 2_000_000)] {
        let path = folder.path().join("tencent/crs-1").join(name);
        let at = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        fs::File::open(path).unwrap().set_modified(at).unwrap();
    }
    let (world, skipped) = World::default().backups(folder.path()).unwrap();
    let skipped: Vec<_> = skipped.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
    assert_eq!(skipped, [Path::new(".git"), Path::new("tencent/crs-1/older/.hidden")]);
    let emulator = Emulator::builder().world(world).start().await.unwrap();
    let sample = emulator.sample("tencent").unwrap();
    assert_eq!((&*sample.instance, &*sample.backup), ("crs-1", "newer"));
    let usual = Emulator::builder().start().await.unwrap();
    assert_eq!(sample.region, usual.sample("tencent").unwrap().region);
    assert_eq!(emulator.sample("ucloud"), usual.sample("ucloud"), "who has no folder keeps the samples");

    let json = serde_json::to_value(emulator.snapshot()).unwrap();
    let instances = &json["services"]["tencent"]["regions"][&sample.region]["instances"];
    assert_eq!(instances.as_array().unwrap().len(), 2);
    let older = &instances[0]["backups"][1];
    assert_eq!((&older["id"], &older["created"]), (&"older".into(), &"1970-01-12T13:46:40Z".into()));
    let names: Vec<_> = older["files"].as_array().unwrap().iter().map(|file| file["name"].as_str()).collect();
    assert_eq!(names, [Some("a.rdb"), Some("b.rdb")]);

    let same = Emulator::builder().backups(folder.path()).start().await.unwrap();
    assert_eq!(same.sample("tencent"), emulator.sample("tencent"));
}

#[tokio::test]
async fn a_folder_that_is_none_of_backups_is_refused() {
    let folder =
        folder(&["tencetn/i/b/a", "tencent/i/empty/", "tencent/i/b/deeper/a", "tencent/stray", "README"]);
    let error = World::default().backups(folder.path()).unwrap_err();
    let text = error.to_string();
    for (path, part) in [
        ("tencetn", "there is no service \"tencetn\"; did you mean \"tencent\"?"),
        ("tencent/i/empty", "the backup has no files"),
        ("tencent/i/b/deeper", "is no regular file"),
        ("tencent/stray", "is no folder: only folders of instances belong here"),
        ("README", "is no folder: only folders of services belong here"),
    ] {
        let line = format!("{}: {part}", folder.path().join(path).display());
        assert!(text.contains(&line), "{line}\n\nis not in\n\n{text}");
    }
    assert_eq!(error.problems().len(), 5, "{text}");

    let missing = Emulator::builder().backups(folder.path().join("none")).start().await.unwrap_err();
    assert!(missing.to_string().contains("none: cannot be read"), "{missing}");
}
