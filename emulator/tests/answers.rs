//! What services answer to those who ask rightly.

mod support;

use rdbfetch::sign::Draft;
use rdbfetch_emulator::{Clock, Emulator};
use serde_json::{Value, json};
use support::{
    BACKUP, INSTANCE, RUNNING, Reply, SERVICES, Signing, alpha_call, beta_call, gamma_call, host, send, start,
};

async fn call(emulator: &Emulator, clock: &Clock, service: &str, mut draft: Draft) -> Reply {
    let metadata = SERVICES.iter().find(|metadata| metadata.service.name == service).unwrap();
    let url = emulator.endpoint(service).unwrap();
    host(url).clone_into(&mut draft.host);
    let mut signing = Signing::of(emulator, clock, metadata.service);
    signing.nonce = emulator.journal().len().to_string();
    signing.sign(metadata.service, &mut draft);
    let reply = send(url, &draft).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

async fn list(emulator: &Emulator, clock: &Clock, body: Value) -> Value {
    call(emulator, clock, "alpha", alpha_call("ListBackups", body, "")).await.json()["Response"].take()
}

#[tokio::test]
async fn an_emulator_says_where_it_is_and_what_it_has() {
    let (emulator, _) = start(|builder| builder).await;
    let names: Vec<&str> = emulator.endpoints().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["alpha", "beta", "gamma"]);
    for url in emulator.endpoints().iter().map(|(_, url)| url.as_str()).chain([emulator.files_url()]) {
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    }
    assert_eq!(emulator.endpoint("alpha"), Some(emulator.endpoints()[0].1.as_str()));
    assert_eq!(emulator.endpoint("delta"), None);
    let sample = emulator.sample("alpha").unwrap();
    assert_eq!((&*sample.region, &*sample.instance, &*sample.backup), ("north-1", INSTANCE, BACKUP));
    assert_eq!(emulator.sample("gamma").unwrap().region, "emulated-region");
    assert_eq!(emulator.sample("delta"), None);
    assert_eq!(emulator.credentials().token(), None);
    assert!(!format!("{emulator:?}").contains(emulator.credentials().secret()));
}

#[tokio::test]
async fn several_emulators_run_side_by_side_and_stop_when_dropped() {
    let (first, _) = start(|builder| builder).await;
    let (second, clock) = start(|builder| builder).await;
    assert_ne!(first.endpoint("alpha"), second.endpoint("alpha"));
    let port = host(first.files_url()).to_owned();
    drop(first);
    // The tasks are gone as soon as the runtime comes to them.
    while tokio::net::TcpStream::connect(&port).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(list(&second, &clock, json!({})).await["Total"], 3);
}

#[tokio::test]
async fn links_are_written_as_the_service_writes_them() {
    let (emulator, clock) = start(|builder| builder).await;
    let body = json!({"Instance": INSTANCE, "Backup": BACKUP});
    let reply = call(&emulator, &clock, "alpha", alpha_call("GetLinks", body, "")).await;
    assert_eq!(reply.header("date"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
    assert!(reply.header("server").unwrap().starts_with("rdbfetch-emulator/"));
    let answer = reply.json();
    let files = answer["Response"]["Files"].as_array().unwrap();
    assert_eq!(files.len(), 3, "one per shard");
    assert_eq!(answer["Response"]["RequestId"].as_str().unwrap().len(), 36);
    for (number, file) in files.iter().enumerate() {
        assert_eq!(file["Name"], format!("{BACKUP}-{number}.rdb"));
        assert!(file["Size"].as_u64().unwrap() > 9);
        let path = format!(
            "/alpha/{INSTANCE}/{BACKUP}/{number}/{BACKUP}-{number}.rdb?sign=time%3D1700000000%3B1700021600&"
        );
        let public = file["Url"].as_str().unwrap();
        assert!(public.starts_with(&format!("{}{path}token=", emulator.files_url())), "{public}");
        let internal = file["InnerUrl"].as_str().unwrap();
        let port = host(emulator.files_url()).rsplit_once(':').unwrap().1;
        assert!(internal.starts_with(&format!("http://localhost:{port}{path}token=")), "{internal}");
    }

    let draft = beta_call("GET", &[("Action", "GetLink"), ("backup", BACKUP)], "");
    let reply = call(&emulator, &clock, "beta", draft).await;
    let answer = reply.json();
    assert_eq!(answer["code"], 0);
    assert_eq!((&answer["word"], &answer["action"]), (&json!("Success"), &json!("GetLinkResponse")));
    assert_eq!(answer["data"]["outer"], answer["data"]["old"], "all candidates are written");
    assert!(answer["data"]["inner"].as_str().unwrap().starts_with("http://localhost:"));
    assert!(answer["data"]["outer"].as_str().unwrap().contains(".rdb?token="), "its lifetime does not show");
    assert_eq!(reply.header("x-beta-id").unwrap().len(), 36);

    let path = format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup%3Alinks");
    let answer = call(&emulator, &clock, "gamma", gamma_call(&path, &[("backup", BACKUP)], "")).await.json();
    let urls = answer["result"]["urls"].as_object().unwrap();
    assert_eq!(urls.len(), 3);
    let url = urls[&format!("{BACKUP}-1.rdb")].as_str().unwrap();
    assert!(
        url.contains("?X-Date=20231114T221320Z&X-Expires=3600&token="),
        "an hour where the spec is silent: {url}"
    );
}

#[tokio::test]
async fn lists_are_newest_first_and_paged() {
    let (emulator, clock) = start(|builder| builder).await;
    let all = list(&emulator, &clock, json!({"Instance": INSTANCE, "Count": 100})).await;
    assert_eq!(all["Total"], 3);
    let first = json!({"Instance": INSTANCE, "Id": RUNNING, "Start": "2023-11-14 08:00:00", "Status": 1});
    assert_eq!(all["Backups"][0], first);
    assert_eq!((&all["Backups"][1]["Id"], &all["Backups"][1]["Status"]), (&json!(BACKUP), &json!(2)));
    assert!(all["Backups"][1]["Size"].as_u64().unwrap() > 0);
    let counts = async |body: Value| list(&emulator, &clock, body).await["Backups"].as_array().unwrap().len();
    assert_eq!(counts(json!({})).await, 2, "the documented default");
    assert_eq!(counts(json!({"Skip": 2})).await, 1);
    assert_eq!(counts(json!({"Skip": 3})).await, 0);
    assert_eq!(counts(json!({"Skip": i64::MAX})).await, 0);
    assert_eq!(counts(json!({"Skip": 1, "Count": 1})).await, 1);

    let path = format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup");
    let page = async |pairs: &[(&str, &str)]| {
        let answer = call(&emulator, &clock, "gamma", gamma_call(&path, pairs, "")).await.json();
        assert_eq!(answer["result"]["total"], 3);
        answer["result"]["backups"].as_array().unwrap().len()
    };
    assert_eq!((page(&[]).await, page(&[("page", "2")]).await, page(&[("page", "3")]).await), (2, 1, 0));
    assert_eq!(page(&[("page", "9223372036854775807"), ("size", "9223372036854775807")]).await, 0);
    assert_eq!(page(&[("page", "1"), ("filters.1", "x"), ("filters.2", "y")]).await, 2, "counted from 1");

    let total = async |pairs: &[(&str, &str)]| {
        let draft = gamma_call(&format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup"), pairs, "");
        call(&emulator, &clock, "gamma", draft).await.json()["result"]["total"].as_i64().unwrap()
    };
    assert_eq!(total(&[("states.1", "F")]).await, 2);
    assert_eq!(total(&[("states.1", "W"), ("states.2", "other")]).await, 1);
    assert_eq!(total(&[("states.1", "W"), ("states.2", "F")]).await, 3);
    assert_eq!(total(&[("states.1", "all")]).await, 3, "what is no state leaves nothing out");
    assert_eq!(total(&[("since", "20231113T000000Z")]).await, 2);
    assert_eq!(total(&[("since", "20231113T000001Z"), ("until", "20231113T235959Z")]).await, 0);
    assert_eq!(total(&[("until", "20231113T000000Z"), ("states.1", "R")]).await, 0);

    let (mut next, mut seen) = (String::new(), Vec::new());
    loop {
        let pairs = [("Action", "List"), ("size", "2"), ("next", next.as_str())];
        let pairs = if next.is_empty() { &pairs[..2] } else { &pairs[..] };
        let answer = call(&emulator, &clock, "beta", beta_call("POST", pairs, "")).await.json();
        seen.extend(
            answer["list"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        answer["next"].as_str().unwrap().clone_into(&mut next);
        if next.is_empty() {
            break;
        }
    }
    assert_eq!((seen.len(), seen[0].as_str()), (3, RUNNING));
}

#[tokio::test]
async fn instances_are_listed() {
    let (emulator, clock) = start(|builder| builder).await;
    let answer = call(&emulator, &clock, "gamma", gamma_call("/v1/regions/emulated-region/stores", &[], ""))
        .await
        .json();
    assert_eq!(answer["result"]["stores"], json!([{"id": INSTANCE}]));
    assert!(answer["error"].is_null());
}

#[tokio::test]
async fn the_same_calls_get_the_same_answers() {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let (emulator, clock) = start(|builder| builder).await;
        answers.push([list(&emulator, &clock, json!({})).await, list(&emulator, &clock, json!({})).await]);
    }
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0][0]["RequestId"], answers[0][1]["RequestId"]);
}
