//! Every way in which a service refuses, as its clients see it.

mod support;

use rdbfetch::sign::Draft;
use rdbfetch_emulator::{Clock, Emulator, Verdict};
use serde_json::{Value, json};
use support::{
    ALPHA, BACKUP, BETA, GAMMA, INSTANCE, RUNNING, Reply, Signing, alpha_call, beta_call, gamma_call, host,
    send, start,
};

/// The emulator, and short ways to call it.
struct Under {
    emulator: Emulator,
    clock: Clock,
}

impl Under {
    async fn test() -> Self {
        let (emulator, clock) = start(|builder| builder).await;
        Self { emulator, clock }
    }

    fn url(&self, service: &str) -> &str {
        self.emulator.endpoint(service).unwrap()
    }

    async fn alpha(&self, mut draft: Draft, change: impl FnOnce(&mut Signing)) -> Value {
        let mut signing = Signing::of(&self.emulator, &self.clock, ALPHA.service);
        change(&mut signing);
        signing.sign(ALPHA.service, &mut draft);
        let reply = send(self.url("alpha"), &draft).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, Some("application/json")),
            "{}",
            reply.text()
        );
        reply.json()["Response"].take()
    }

    fn links(&self, body: Value) -> Draft {
        alpha_call("GetLinks", body, host(self.url("alpha")))
    }

    async fn alpha_code(&self, body: Value) -> String {
        let answer = self.alpha(self.links(body), |_| {}).await;
        answer["Error"]["Code"].as_str().unwrap_or_else(|| panic!("no code: {answer}")).to_owned()
    }

    async fn beta(&self, pairs: &[(&str, &str)], change: impl FnOnce(&mut Signing)) -> Reply {
        let mut draft = beta_call("POST", pairs, host(self.url("beta")));
        let mut signing = Signing::of(&self.emulator, &self.clock, BETA.service);
        signing.nonce = self.emulator.journal().len().to_string();
        change(&mut signing);
        signing.sign(BETA.service, &mut draft);
        send(self.url("beta"), &draft).await
    }

    async fn gamma(&self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        let mut draft = gamma_call(path, pairs, host(self.url("gamma")));
        let mut signing = Signing::of(&self.emulator, &self.clock, GAMMA.service);
        signing.nonce = self.emulator.journal().len().to_string();
        signing.sign(GAMMA.service, &mut draft);
        send(self.url("gamma"), &draft).await
    }
}

fn sample() -> Value {
    json!({"Instance": INSTANCE, "Backup": BACKUP})
}

#[tokio::test]
async fn operations_that_are_not_there() {
    let under = Under::test().await;
    let host_name = host(under.url("alpha")).to_owned();
    let version = |mut draft: Draft| {
        draft
            .headers
            .iter_mut()
            .filter(|(name, _)| name == "X-A-Version")
            .for_each(|(_, value)| value.push('x'));
        draft
    };
    let path = |mut draft: Draft| {
        draft.path = "/other".to_owned();
        draft
    };
    for draft in [
        alpha_call("Nothing", sample(), &host_name),
        version(under.links(sample())),
        path(under.links(sample())),
    ] {
        // Told before the signature is looked at.
        let answer = under.alpha(draft, |signing| signing.secret.clear()).await;
        assert_eq!(answer["Error"]["Code"], "NoAction");
        assert_eq!(answer["RequestId"].as_str().unwrap().len(), 36);
    }
    let reply = under.beta(&[("Action", "Nothing")], |_| {}).await;
    assert_eq!((reply.json()["code"].clone(), reply.status), (json!(4000), 200));
    assert_eq!(reply.json().get("action"), None, "there is no operation to name");
    // The spec names no error for this one: the nearest is one of class invalid, and there is none either.
    let reply = under.gamma("/v1/elsewhere", &[]).await;
    assert_eq!(reply.status, 500);
    assert!(
        reply.text().starts_with("The spec of gamma names no error for NoOperation: GET /v1/elsewhere asks")
    );
}

#[tokio::test]
async fn signatures() {
    let under = Under::test().await;
    let unsigned = send(under.url("alpha"), &under.links(sample())).await.json();
    assert_eq!(unsigned["Response"]["Error"]["Code"], "Auth.Signature");
    let code = async |change: fn(&mut Signing)| {
        let answer = under.alpha(under.links(sample()), change).await;
        answer["Error"]["Code"].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(code(|_| {}).await, "none");
    assert_eq!(code(|signing| signing.access_key.push('x')).await, "Auth.UnknownKey");
    assert_eq!(code(|signing| signing.secret.push('x')).await, "Auth.Signature");
    assert_eq!(code(|signing| signing.now = signing.now.plus_seconds(301)).await, "Auth.Expired");
    assert_eq!(code(|signing| signing.now = signing.now.plus_seconds(-301)).await, "Auth.Expired");
    assert_eq!(code(|signing| signing.settings[1].1 = "wrong".to_owned()).await, "Auth.Signature");
    assert_eq!(code(|signing| signing.settings[0].1 = "anywhere".to_owned()).await, "none");
    assert_eq!(code(|signing| signing.token = Some("any".to_owned())).await, "none");

    let temporary = under.emulator.temporary_credentials().clone();
    for (token, expected) in
        [(temporary.token(), "none"), (Some("other"), "Auth.Signature"), (None, "Auth.Signature")]
    {
        let answer = under.alpha(under.links(sample()), |signing| {
            signing.access_key = temporary.access_key().to_owned();
            signing.secret = temporary.secret().to_owned();
            signing.token = token.map(str::to_owned);
        });
        assert_eq!(answer.await["Error"]["Code"].as_str().unwrap_or("none"), expected, "{token:?}");
    }

    let reply =
        under.beta(&[("Action", "GetLink"), ("backup", BACKUP)], |signing| signing.secret.push('x')).await;
    let answer = reply.json();
    assert_eq!((&answer["code"], &answer["word"]), (&json!(4100), &json!("AuthFailure")));
    assert_eq!(answer["action"], "GetLinkResponse");
    assert_eq!(reply.header("x-beta-id").unwrap().len(), 36);
    assert!(answer["message"].as_str().unwrap().starts_with("What the spec says. ("));
}

#[tokio::test]
async fn the_host_counts_with_and_without_its_port() {
    let under = Under::test().await;
    let mut draft = alpha_call("GetLinks", sample(), "127.0.0.1");
    let signing = Signing::of(&under.emulator, &under.clock, ALPHA.service);
    signing.sign(ALPHA.service, &mut draft);
    let own = host(under.url("alpha")).to_owned();
    for (sent, accepted) in [(own.as_str(), true), ("127.0.0.1", true), ("127.0.0.2", false)] {
        sent.clone_into(&mut draft.host);
        let answer = send(under.url("alpha"), &draft).await.json();
        assert_eq!(answer["Response"]["Error"].is_null(), accepted, "{sent}: {answer}");
    }
}

#[tokio::test]
async fn nonces_that_were_used_before() {
    let under = Under::test().await;
    let pairs = [("Action", "GetLink"), ("backup", BACKUP)];
    let code = async |nonce: &str| {
        let reply = under.beta(&pairs, |signing| signing.nonce = nonce.to_owned()).await.json();
        reply["code"].as_i64().unwrap()
    };
    assert_eq!((code("7").await, code("7").await, code("8").await), (0, 4500, 0));
    // Not so where the spec has no error for it.
    let answer = under.alpha(under.links(sample()), |_| {}).await;
    let again = under.alpha(under.links(sample()), |_| {}).await;
    assert!(answer["Error"].is_null() && again["Error"].is_null());
    // A nonce that came with a wrong signature is not used up.
    let wrong = under.beta(&pairs, |signing| {
        signing.nonce = "9".to_owned();
        signing.secret.clear();
    });
    assert_eq!(wrong.await.json()["code"], 4100);
    assert_eq!(code("9").await, 0);
}

#[tokio::test]
async fn parameters() {
    let under = Under::test().await;
    assert_eq!(under.alpha_code(json!({"Instance": INSTANCE})).await, "Missing");
    assert_eq!(under.alpha_code(json!({"Instance": INSTANCE, "Backup": null})).await, "Missing");
    let mut no_region = under.links(sample());
    no_region.headers.retain(|(name, _)| name != "X-A-Region");
    assert_eq!(
        under.alpha(no_region, |_| {}).await["Error"]["Message"],
        "What the spec says. (Region is required)"
    );
    assert_eq!(under.alpha_code(json!({"Instance": 1, "Backup": BACKUP})).await, "BadValue");
    assert_eq!(under.alpha_code(json!([1])).await, "BadValue");
    let with = |name: &str, value: Value| {
        let mut body = sample();
        body[name] = value;
        body
    };
    assert_eq!(under.alpha_code(with("Limit", json!("Shut"))).await, "BadValue");
    assert_eq!(under.alpha_code(with("Limit", json!("Custom"))).await, "Missing", "a rule asks for it");
    assert_eq!(under.alpha_code(with("Networks", json!("x"))).await, "BadValue");
    assert_eq!(under.alpha_code(with("Networks", json!([{"Region": "r"}]))).await, "Missing");
    let fine = with("Networks", json!([{"Region": "r", "Ids": ["1"]}]));
    assert!(under.alpha(under.links(fine), |_| {}).await["Error"].is_null());
    assert!(under.alpha(under.links(with("Undeclared", json!(1))), |_| {}).await["Error"].is_null());
    let list = alpha_call("ListBackups", json!({"Count": 0}), host(under.url("alpha")));
    assert_eq!(under.alpha(list, |_| {}).await["Error"]["Code"], "BadValue");

    let code = async |name: &str, value: &str| {
        let reply = under.beta(&[("Action", "GetLink"), ("backup", BACKUP), (name, value)], |_| {}).await;
        reply.json()["code"].as_i64().unwrap()
    };
    assert_eq!(
        (code("flag", "True").await, code("flag", "false").await, code("flag", "yes").await),
        (0, 0, 4000)
    );
    assert_eq!((code("filters.0.Name", "a").await, code("filters.1.Name", "a").await), (0, 4000));
    assert_eq!((code("filters.x.Name", "a").await, code("filters.0.Values.0", "1").await), (4000, 4000));
    assert_eq!((code("labels.a.b", "c").await, code("filters", "undeclared like this").await), (0, 0));
}

#[tokio::test]
async fn what_is_not_there_or_not_ready() {
    let under = Under::test().await;
    assert_eq!(under.alpha_code(json!({"Instance": "x", "Backup": BACKUP})).await, "NoInstance");
    assert_eq!(under.alpha_code(json!({"Instance": INSTANCE, "Backup": "x"})).await, "NoBackup");
    assert_eq!(under.alpha_code(json!({"Instance": INSTANCE, "Backup": RUNNING})).await, "NotReady");
    let list = alpha_call("ListBackups", json!({"Instance": "x"}), host(under.url("alpha")));
    assert_eq!(under.alpha(list, |_| {}).await["Error"]["Code"], "NoInstance");
    let odd = "区 +&=%2B/~*'()\"\\";
    assert_eq!(under.alpha_code(json!({"Instance": odd, "Backup": BACKUP})).await, "NoInstance");
    let beta =
        async |pairs: &[(&str, &str)]| under.beta(pairs, |_| {}).await.json()["code"].as_i64().unwrap();
    assert_eq!(beta(&[("Action", "GetLink"), ("backup", "x")]).await, 404);
    assert_eq!(beta(&[("Action", "GetLink"), ("backup", BACKUP)]).await, 0, "any instance");
    assert_eq!(beta(&[("Action", "GetLink"), ("backup", BACKUP), ("instance", odd)]).await, 404);

    for token in ["x", "0", "3", "-1", "1.5", "99999999999999999999"] {
        assert_eq!(beta(&[("Action", "List"), ("next", token)]).await, 4000, "{token} names no page");
    }
    assert_eq!(beta(&[("Action", "List"), ("next", "2")]).await, 0);
    assert_eq!(beta(&[("Action", "List"), ("next", "")]).await, 0, "the first page");

    let links = format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup:links");
    let reply = under.gamma("/v1/regions/emulated-region/stores/x/backup:links", &[("backup", BACKUP)]).await;
    assert_eq!((reply.status, reply.json()["error"]["status"].clone()), (404, json!("NOT_FOUND")));
    assert_eq!(reply.json()["error"]["code"], 404);
    assert_eq!(
        under.gamma(&links, &[("backup", "x")]).await.status,
        404,
        "no-instance is nearest to no-backup"
    );
    // Only a family of codes is of class not-ready, and a family is no code.
    assert_eq!(under.gamma(&links, &[("backup", RUNNING)]).await.status, 404);
}

#[tokio::test]
async fn the_journal_tells_what_happened() {
    let under = Under::test().await;
    under.alpha(under.links(sample()), |_| {}).await;
    under.alpha(under.links(sample()), |signing| signing.secret.push('x')).await;
    let calls = under.emulator.journal();
    assert_eq!(calls.len(), 2);
    assert_eq!(
        (calls[0].service, calls[0].operation, calls[0].status),
        (Some("alpha"), Some("GetLinks"), 200)
    );
    assert_eq!(calls[0].verdict, Verdict::Answered);
    let Verdict::Refused { reason, expected, .. } = &calls[1].verdict else { panic!("{calls:?}") };
    assert_eq!(reason, "Authorization differs from what the request should carry");
    assert!(expected.iter().any(|(step, value)| *step == "canonical" && value.starts_with("POST\n/\n")));
    assert!(!format!("{calls:?}").contains(under.emulator.credentials().secret()));
}

#[tokio::test]
async fn long_requests_do_not_fill_the_journal() {
    let under = Under::test().await;
    let long = "é".repeat(100_000);
    under.alpha(under.links(json!({"Instance": long, "Backup": BACKUP})), |_| {}).await;
    under.beta(&[("Action", "GetLink"), ("backup", &long)], |signing| signing.secret.clear()).await;
    let calls = under.emulator.journal();
    assert!(calls.iter().all(|call| matches!(call.verdict, Verdict::Refused { .. })));
    assert!(format!("{calls:?}").len() < 20_000);
}
