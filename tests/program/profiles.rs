//! Configuration folders as the vendors' own tools write them, our own file, and what is made of them.
//! The vendors' names stand here since their files are what is tested.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Done, Run, rdbfetch, words};

struct Home(tempfile::TempDir);

impl Home {
    fn new(files: &[(&str, &str)]) -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        files.iter().for_each(|(path, text)| home.write(path, text.as_bytes()));
        home
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    fn run(&self, line: &str) -> Run {
        let mut run = rdbfetch(words(line)).env("HOME", self.path().to_str().expect("text"));
        run.command().env_remove("RDBFETCH_REGION");
        run
    }

    fn show(&self, service: &str, more: &str) -> Run {
        self.run(&format!("config show {service} {more}"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn value<'v>(rows: &'v Value, name: &str) -> &'v Value {
    &row(rows, name)["value"]
}

#[track_caller]
fn row<'v>(rows: &'v Value, name: &str) -> &'v Value {
    let rows = rows.as_array().expect("a list");
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}: {rows:?}"))
}

#[track_caller]
fn shown(run: Run, access_key: &str, region: Option<&str>) -> Value {
    let done = run.done().exits(0);
    no_secret(&done);
    let rows = done.json();
    assert_eq!(value(&rows, "access_key"), access_key, "{rows:#}");
    assert_eq!(value(&rows, "secret_key"), "set");
    assert_eq!(*value(&rows, "region"), json!(region), "{rows:#}");
    rows
}

#[track_caller]
fn refused(run: Run, code: i32, said: &[&str]) {
    let done = run.done().exits(code);
    no_secret(&done);
    let message = done.message();
    assert!(said.iter().all(|said| message.contains(said)), "{said:?}: {message}");
}

#[track_caller]
fn no_secret(done: &Done) {
    assert!(!done.out.contains("hush") && !done.err.contains("hush"), "{done:?}");
}

// Written by tccli 3.1.189.1, jdcloud-cli 1.2.12 and qcloudcli 1.9.20.
const TCCLI: [(&str, &str); 4] = [
    (
        ".tccli/default.credential",
        "{\n  \"secretId\": \"AKIDdefault\",\n  \"secretKey\": \"hush-default\"\n}",
    ),
    (
        ".tccli/default.configure",
        "{\n  \"_sys_param\": {\n    \"arrayCount\": 10,\n    \"output\": \"json\",\n    \"region\": \"ap-guangzhou\",\n    \"warning\": \"off\"\n  },\n  \"redis\": {\n    \"endpoint\": \"redis.tencentcloudapi.com\",\n    \"version\": \"2018-04-12\"\n  }\n}",
    ),
    (
        ".tccli/prod.credential",
        "{\n  \"secretId\": \"AKIDprod\",\n  \"secretKey\": \"hush-prod\",\n  \"token\": \"hush-token\"\n}",
    ),
    (
        ".tccli/prod.configure",
        "{\"_sys_param\": {\"region\": \"ap-shanghai\"}, \"redis\": {\"endpoint\": \"redis.internal.tencentcloudapi.com\"}}",
    ),
];
const JDC: &str = "[default]\naccess_key = JDdefault\nsecret_key = hush-default\nregion_id = cn-north-1\nendpoint = www.jdcloud-api.com\nscheme = https\ntimeout = 20\n\n[test]\naccess_key = JDtest\nsecret_key = hush%%test\nregion_id = cn-south-1\nendpoint = redis.example.internal\nscheme = http\ntimeout = 20\n\n";
const UCLOUD: [(&str, &str); 2] = [
    (
        ".ucloud/config.json",
        r#"[{"project_id":"org-a","region":"cn-bj2","zone":"cn-bj2-02","base_url":"https://api.ucloud.cn/","timeout_sec":15,"profile":"main","active":false,"max_retry_times":3,"agree_upload_log":false},{"project_id":"org-b","region":"hk","zone":"","base_url":"https://api.white.example/","timeout_sec":15,"profile":"white","active":true,"max_retry_times":null,"agree_upload_log":false}]"#,
    ),
    (
        ".ucloud/credential.json",
        r#"[{"public_key":"UCmain","private_key":"hush-main","cookie":"","csrf_token":"","profile":"main","auth_mode":"oauth","access_token":"hush","expires_at":1},{"public_key":"UCwhite","private_key":"hush-white","cookie":"hush","csrf_token":"","profile":"white"}]"#,
    ),
];

#[test]
fn tccli() {
    let home = Home::new(&TCCLI);
    let rows = shown(home.show("tencent", ""), "AKIDdefault", Some("ap-guangzhou"));
    let origin = "file ~/.tccli/default.credential (profile default of tccli)";
    assert_eq!(row(&rows, "secret_key")["origin"], origin);
    assert_eq!(
        row(&rows, "endpoint")["origin"],
        "default of the service",
        "what tccli writes by itself says nothing"
    );
    let rows = shown(home.show("tencent", "--profile prod"), "AKIDprod", Some("ap-shanghai"));
    assert_eq!(
        (value(&rows, "token"), value(&rows, "endpoint")),
        (&json!("set"), &json!("https://redis.internal.tencentcloudapi.com"))
    );
    shown(home.show("tencent", "").env("TCCLI_PROFILE", "prod"), "AKIDprod", Some("ap-shanghai"));
    shown(home.show("tencent", "").env("RDBFETCH_PROFILE", "prod"), "AKIDprod", Some("ap-shanghai"));
    // Variables go before files, unless a profile was asked for; their keys come without the token of a file.
    let env = |run: Run| {
        run.env("TENCENTCLOUD_SECRET_ID", "AKIDenv")
            .env("TENCENTCLOUD_SECRET_KEY", "hush-env")
            .env("TENCENTCLOUD_REGION", "ap-beijing")
    };
    let rows =
        shown(env(home.show("tencent", "")).env("TCCLI_PROFILE", "prod"), "AKIDenv", Some("ap-beijing"));
    assert_eq!(*value(&rows, "token"), Value::Null);
    shown(env(home.show("tencent", "--profile prod")), "AKIDprod", Some("ap-shanghai"));
    shown(home.show("tencent", "--region r").keys(), crate::support::ACCESS_KEY, Some("r"));
    refused(home.show("tencent", "--profile nope"), 2, &["no profile nope", "default, prod"]);
    refused(home.show("tencent", "").env("TCCLI_PROFILE", "nope"), 2, &["nope", "default, prod"]);
    refused(home.show("tencent", "--profile ../x"), 2, &["../x"]);
}

#[test]
fn logins_of_tccli() {
    let login = |end: &str| {
        format!(
            "{{\"type\":\"oauth\",\"secretId\":\"AKIDlogin\",\"secretKey\":\"hush\",\"token\":\"hush\",\"expiresAt\":{end},\"oauth\":{{}}}}"
        )
    };
    let home = Home::new(&[(".tccli/default.credential", &login("4102444800"))]);
    let rows = shown(home.show("tencent", ""), "AKIDlogin", None);
    assert_eq!(*value(&rows, "expires_at"), "2100-01-01T00:00:00Z");
    let line = "backups tencent --instance i --region r --endpoint http://127.0.0.1:9";
    refused(home.run(line), 7, &[]);
    home.write(".tccli/default.credential", login("1700000000").as_bytes());
    refused(home.run(line), 4, &["ran out at 2023-11-14"]);
    home.write(".tccli/default.credential", b"{\"type\":\"cvm-role\"}");
    refused(home.run(line), 4, &["virtual machine", ".tccli/default.credential"]);
    home.write(
        ".tccli/default.credential",
        b"{\"secretId\":\"a\",\"secretKey\":\"hush\",\"role-arn\":\"x\",\"role-session-name\":\"y\"}",
    );
    refused(home.run(line), 4, &["assumes a role"]);
}

#[test]
fn ini_of_the_sdk() {
    let home = Home::new(&[(
        ".tencentcloud/credentials",
        "\u{FEFF}[default]\r\nsecret_id = AKIDini\r\nsecret_key = hush;#x\r\n",
    )]);
    shown(home.show("tencent", ""), "AKIDini", None);
    refused(home.show("tencent", "--profile x"), 2, &["x"]);
    home.write(".tencentcloud/credentials", b"[default]\nsecret_id = AKIDini\nhush hush\n");
    refused(home.show("tencent", ""), 2, &["~/.tencentcloud/credentials:3"]);
    home.write(".tencentcloud/credentials", b"[default]\nsecret_id = AKIDini\n");
    refused(home.show("tencent", ""), 2, &["half of a pair", "secret key"]);
}

#[test]
fn jdc() {
    let home = Home::new(&[(".jdc/config", JDC), (".jdc/current", "test\n")]);
    let rows = shown(home.show("jdcloud", ""), "JDtest", Some("cn-south-1"));
    assert_eq!(*value(&rows, "endpoint"), "http://redis.example.internal");
    let rows = shown(home.show("jdcloud", "--profile default"), "JDdefault", Some("cn-north-1"));
    assert_eq!(row(&rows, "endpoint")["origin"], "default of the service");
    home.write(".jdc/current", b"gone");
    refused(home.show("jdcloud", ""), 2, &["gone", "default, test"]);
}

#[test]
fn qcloudcli() {
    let home = Home::new(&[
        (
            ".qcloudcli/credentials",
            "[default]\nqcloud_secretid = AKIDa\nqcloud_secretkey = hush-a\n[profile old]\nqcloud_secretid = AKIDold\nqcloud_secretkey = hush-old\n",
        ),
        (
            ".qcloudcli/configure",
            "[default]\nregion = gz\noutput = json\ncvm = \n[profile old]\nregion = sh\n",
        ),
    ]);
    shown(home.show("qcloud", ""), "AKIDa", Some("gz"));
    shown(home.show("qcloud", "--profile old"), "AKIDold", Some("sh"));
    refused(home.show("qcloud", "--profile new"), 2, &["default, old"]);
}

#[test]
fn ucloud() {
    let home = Home::new(&UCLOUD);
    let rows = shown(home.show("ucloud", ""), "UCwhite", Some("hk"));
    assert_eq!(
        (value(&rows, "project"), value(&rows, "endpoint")),
        (&json!("org-b"), &json!("https://api.white.example/"))
    );
    refused(home.show("ucloud", "--profile main"), 4, &["browser", "main"]);
    refused(home.show("ucloud", "--profile none"), 2, &["main, white"]);
    home.write(".ucloud/config.json", b"[{\"profile\": \"hush\"\n,,]");
    refused(home.show("ucloud", ""), 2, &["~/.ucloud/config.json:2", "no JSON"]);
    // Files that are not needed harm nobody.
    shown(home.show("ucloud", "").keys(), crate::support::ACCESS_KEY, None);
}

#[test]
fn our_own_file() {
    let home = Home::new(&TCCLI);
    home.write(".config/rdbfetch/config.toml", b"[tencent]\nregion = \"ap-own\"\n\n[profiles.work.tencent]\nregion = \"ap-work\"\nprofile = \"prod\"\n\n[profiles.tool.tencent]\ncredential_command = [\"sh\", \"-c\", \"echo nothing\"]\n");
    let rows = shown(home.show("tencent", ""), "AKIDdefault", Some("ap-own"));
    assert!(row(&rows, "region")["origin"].as_str().expect("text").ends_with("config.toml:2"));
    shown(home.show("tencent", "--profile work"), "AKIDprod", Some("ap-work"));
    shown(
        home.show("tencent", "--profile work").env("RDBFETCH_REGION", "ap-env"),
        "AKIDprod",
        Some("ap-env"),
    );
    shown(
        home.show("tencent", "--profile work --region ap-flag").env("RDBFETCH_REGION", "x"),
        "AKIDprod",
        Some("ap-flag"),
    );
    // The command is not run to be shown; when it is, what it printed is not told.
    let rows = home.show("tencent", "--profile tool").done().exits(0).json();
    assert_eq!(
        (&row(&rows, "access_key")["value"], &row(&rows, "access_key")["origin"]),
        (&Value::Null, &json!("command sh"))
    );
    let line = "backups tencent --instance i --endpoint http://127.0.0.1:9";
    refused(home.run(&format!("{line} --profile tool")), 4, &["the credential command sh printed no JSON"]);
    home.write(".config/rdbfetch/config.toml", b"[tencent]\nsecret_key = \"hush\"\n");
    refused(home.show("tencent", ""), 2, &["config.toml:2", "credential_command"]);
    refused(home.show("tencent", "").env("RDBFETCH_CONFIG", "/nowhere/at/all"), 2, &["/nowhere/at/all"]);
    let path = home.run("config path").done().exits(0).json();
    assert!(path["path"].as_str().expect("text").ends_with("rdbfetch/config.toml") && path["exists"] == true);
}

#[cfg(unix)]
#[test]
fn secrets_from_files_and_commands() {
    let home = Home::new(&[("secret", "hush-file\n")]);
    let file = home.path().join("secret");
    let file = file.to_str().expect("text");
    let run =
        home.show("tencent", "").env("RDBFETCH_ACCESS_KEY", "AKID").env("RDBFETCH_SECRET_KEY_FILE", file);
    shown(run, "AKID", None);
    let run = home.show("tencent", "").keys().env("RDBFETCH_SECRET_KEY_FILE", file);
    refused(run, 2, &["RDBFETCH_SECRET_KEY_FILE"]);
    let run = home
        .show("tencent", "")
        .env("RDBFETCH_ACCESS_KEY", "AKID")
        .env("RDBFETCH_SECRET_KEY_FILE", "/nowhere");
    refused(run, 2, &["there is no file /nowhere"]);
    let line = "backups tencent --instance i --region r --endpoint http://127.0.0.1:9";
    let command = |command: &str| {
        home.run(line).env("PATH", "/usr/bin:/bin").env("RDBFETCH_CREDENTIAL_COMMAND", command)
    };
    refused(command("sh -c 'exit 3'"), 4, &["the credential command sh failed", "3"]);
    refused(command("/no/such/program --key hush"), 4, &["cannot be started"]);
    refused(command("sh -c 'oops"), 2, &["quote that is not closed"]);
    refused(command(r#"sh -c 'echo "{\"access_key\":\"a\",\"secret_key\":\"hush\"}"'"#), 7, &[]);
}

fn verdicts(done: &Done) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let checks = done.json();
    checks
        .as_array()
        .expect("a list")
        .iter()
        .map(|check| (text(&check["check"]), text(&check["verdict"])))
        .collect()
}

#[track_caller]
fn failed(run: Run, code: i32, check: &str) {
    let done = run.done().exits(code);
    no_secret(&done);
    let first = verdicts(&done).into_iter().find(|(_, verdict)| verdict == "failed").expect("a failure");
    assert_eq!(first.0, check, "{}", done.out);
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let home = Home::new(&[]);
    for service in crate::support::services().map(|service| service.service.name) {
        let done = home.run(&format!("doctor {service} --emulator")).done().exits(0);
        let verdicts = verdicts(&done);
        assert!(verdicts.len() == 6 && verdicts.iter().all(|(_, verdict)| verdict == "ok"), "{}", done.out);
        failed(home.run(&format!("doctor {service}")).keys(), 2, "configuration");
        let far = format!("doctor {service} --region r --endpoint http://127.0.0.1:9");
        failed(home.run(&far).keys(), 7, "reachability");
    }
}

#[test]
fn the_doctor_against_an_emulator() {
    use crate::emulated::Emulator;

    let home = Home::new(&[]);
    let emulator = Emulator::start("");
    let facts = |keys: &str, name: &str| emulator.facts[keys][name].as_str().expect("text").to_owned();
    let late = Emulator::start("--clock offset:-3h");
    for service in crate::support::services().map(|service| service.service) {
        let name = service.name;
        let instance = emulator.facts["samples"][name]["instance"].as_str().expect("text");
        let line = format!("doctor {name} --instance {instance}");
        let done = emulator.against(name, &line).done().exits(0);
        no_secret(&done);
        failed(emulator.against(name, &line).env("RDBFETCH_ACCESS_KEY", "AKIDnobody"), 4, "credentials");
        let wrong = emulator.against(name, &line).env("RDBFETCH_SECRET_KEY", "hush-wrong").done().exits(4);
        no_secret(&wrong);
        let checks = wrong.json();
        assert_eq!(checks[3]["verdict"], "failed", "{checks:#}");
        assert!(checks[3]["advice"].as_str().expect("advice").contains("secret key"), "{checks:#}");
        assert_eq!((&checks[4]["verdict"], &checks[5]["verdict"]), (&json!("skipped"), &json!("skipped")));
        if service.clock_window.is_some() {
            failed(late.against(name, &line), 4, "clock");
        } else {
            late.against(name, &line).done().exits(0);
        }
    }
    // A service that names the situation says so.
    let tencent = format!(
        "doctor tencent --instance {}",
        emulator.facts["samples"]["tencent"]["instance"].as_str().expect("text")
    );
    failed(emulator.against("tencent", &format!("{tencent} --region nowhere")), 5, "region");
    let run = emulator
        .against("tencent", &tencent)
        .env("RDBFETCH_ACCESS_KEY", &facts("temporary_credentials", "access_key"))
        .env("RDBFETCH_SECRET_KEY", &facts("temporary_credentials", "secret_key"))
        .env("RDBFETCH_TOKEN", "hush-old");
    failed(run, 4, "credentials");

    home.write(
        "scenario.yaml",
        b"accounts: [{access_key: AKIDFEW, secret_key: hush-few, denied: [tencent/DescribeInstances]}]\n",
    );
    let few = Emulator::start(&format!("--scenario {}", home.path().join("scenario.yaml").display()));
    let run = few.against("tencent", &tencent);
    let run = run.env("RDBFETCH_ACCESS_KEY", "AKIDFEW").env("RDBFETCH_SECRET_KEY", "hush-few");
    failed(run, 4, "permission");
}
