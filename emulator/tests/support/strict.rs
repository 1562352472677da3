//! Calls of the real services with one thing wrong, and what the emulator answers.

use rdbfetch::Timestamp;
use rdbfetch::metadata::{ServiceMetadata, service};
use rdbfetch::sign::{Body, Draft, Pairs};
use rdbfetch_emulator::{Clock, Emulator};
use serde_json::{Map, Value};

use super::{Reply, Signing, host, send};

/// Where the parameters of a call travel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Query,
    Form,
    Json,
}

/// How the calls of a service look.
pub struct Shape {
    pub service: &'static str,
    method: &'static str,
    path: fn(&str, &str) -> String,
    place: Place,
    region: &'static str,
    /// The names of the parameters for instance, backup, and the number of rows in a list.
    instance: &'static str,
    backup: &'static str,
    limit: &'static str,
    links: &'static str,
    list: &'static str,
    /// What names the operation and the version in a header, or the operation in a parameter.
    action: Option<&'static str>,
    version: Option<(&'static str, &'static str)>,
    pub window: i64,
}

impl Shape {
    pub fn place(&self) -> Place {
        self.place
    }

    pub fn backup(&self) -> &'static str {
        self.backup
    }

    pub fn limit(&self) -> &'static str {
        self.limit
    }
}

/// The services whose answers are compared.
pub const SHAPES: [Shape; 4] = [
    Shape {
        service: "tencent",
        method: "POST",
        path: |_, _| "/".to_owned(),
        place: Place::Json,
        region: "ap-guangzhou",
        instance: "InstanceId",
        backup: "BackupId",
        limit: "Limit",
        links: "DescribeBackupUrl",
        list: "DescribeInstanceBackups",
        action: Some("X-TC-Action"),
        version: Some(("X-TC-Version", "2018-04-12")),
        window: 300,
    },
    Shape {
        service: "ucloud",
        method: "POST",
        path: |_, _| "/".to_owned(),
        place: Place::Form,
        region: "cn-bj2",
        instance: "GroupId",
        backup: "BackupId",
        limit: "Limit",
        links: "DescribeURedisBackupURL",
        list: "DescribeURedisBackup",
        action: Some("Action"),
        version: None,
        window: 0,
    },
    Shape {
        service: "jdcloud",
        method: "GET",
        path: |instance, operation| {
            let suffix = if operation == "describeDownloadUrl" { ":describeDownloadUrl" } else { "" };
            let unknown = if operation == "Nothing" { ":nothing" } else { suffix };
            format!("/v1/regions/cn-north-1/cacheInstance/{instance}/backup{unknown}")
        },
        place: Place::Query,
        region: "cn-north-1",
        instance: "",
        backup: "baseId",
        limit: "pageNumber",
        links: "describeDownloadUrl",
        list: "describeBackups",
        action: None,
        version: None,
        window: 900,
    },
    Shape {
        service: "qcloud",
        method: "GET",
        path: |_, _| "/v2/index.php".to_owned(),
        place: Place::Query,
        region: "gz",
        instance: "redisId",
        backup: "backupId",
        limit: "limit",
        links: "GetBackupDownloadUrl",
        list: "GetRedisBackupList",
        action: Some("Action"),
        version: None,
        window: 7200,
    },
];

/// A call in the making.
pub struct Call<'a> {
    pub shape: &'a Shape,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub parameters: Vec<(String, Value)>,
    pub content_type: Option<&'static str>,
    /// Another body than the parameters make.
    pub body: Option<&'static str>,
    pub signing: Signing,
    /// What happens to the call once it is signed.
    pub then: Option<fn(&mut Draft)>,
    /// Another Host header than that of the address.
    pub host: Option<&'static str>,
    /// Whether it is sent without a signature.
    pub unsigned: bool,
    /// How often the same request is sent; the last answer counts.
    pub times: usize,
    operation: String,
    instance: String,
    version: Option<&'static str>,
}

impl<'a> Call<'a> {
    /// The right call for the links of a backup.
    pub fn links(shape: &'a Shape, emulator: &Emulator, clock: &Clock, nonce: usize) -> Self {
        let mut call = Self::new(shape, shape.links, emulator, clock, nonce);
        let sample = emulator.sample(shape.service).unwrap();
        call.set(shape.backup, sample.backup.as_str());
        call
    }

    fn new(shape: &'a Shape, operation: &str, emulator: &Emulator, clock: &Clock, nonce: usize) -> Self {
        let metadata = metadata(shape);
        let mut signing = Signing::of(emulator, clock, metadata.service);
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        signing.settings = vec![setting("region", shape.region), setting("service", "redis")];
        signing.nonce = nonce.to_string();
        let instance = emulator.sample(shape.service).unwrap().instance.clone();
        let mut call = Self {
            shape,
            method: shape.method.to_owned(),
            path: String::new(),
            headers: Vec::new(),
            parameters: Vec::new(),
            content_type: match shape.place {
                Place::Form => Some("application/x-www-form-urlencoded"),
                _ if shape.service == "qcloud" => None,
                _ => Some("application/json"),
            },
            body: None,
            signing,
            then: None,
            host: None,
            unsigned: false,
            times: 1,
            operation: operation.to_owned(),
            instance: instance.clone(),
            version: shape.version.map(|(_, version)| version),
        };
        call.ask(operation, &instance);
        if shape.service == "tencent" {
            call.headers.push(("X-TC-Region".to_owned(), shape.region.to_owned()));
        } else if shape.action.is_some() {
            call.set("Region", shape.region);
        }
        call
    }

    /// The list in place of the links.
    pub fn list_instead(&mut self) {
        let (list, instance) = (self.shape.list, self.instance.clone());
        self.remove(self.shape.backup);
        self.ask(list, &instance);
    }

    /// Asks another operation, or about another instance.
    pub fn ask(&mut self, operation: &str, instance: &str) {
        self.operation = operation.to_owned();
        self.instance = instance.to_owned();
        self.path = (self.shape.path)(instance, operation);
        if !self.shape.instance.is_empty() {
            self.set(self.shape.instance, instance);
        }
    }

    /// The same operation, about another instance.
    pub fn ask_about(&mut self, instance: &str) {
        let operation = self.operation.clone();
        self.ask(&operation, instance);
    }

    pub fn unknown_operation(&mut self) {
        let instance = self.instance.clone();
        self.ask("Nothing", &instance);
    }

    /// Names no operation.
    pub fn unnamed(&mut self) -> bool {
        self.operation.clear();
        self.shape.action.is_some()
    }

    pub fn other_version(&mut self) -> bool {
        self.version = self.version.map(|_| "1999-01-01");
        if self.shape.service == "jdcloud" {
            self.path = self.path.replacen("/v1/", "/v9/", 1);
        }
        self.version.is_some() || self.shape.service == "jdcloud"
    }

    pub fn other_region(&mut self) {
        const OTHER: &str = "nowhere-1";
        self.path = self.path.replace(self.shape.region, OTHER);
        self.headers.iter_mut().filter(|(name, _)| name == "X-TC-Region").for_each(|(_, value)| {
            OTHER.clone_into(value);
        });
        if self.parameters.iter().any(|(name, _)| name == "Region") {
            self.set("Region", OTHER);
        }
        self.signing.settings[0].1 = OTHER.to_owned();
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.remove(name);
        self.parameters.push((name.to_owned(), value.into()));
    }

    pub fn remove(&mut self, name: &str) {
        self.parameters.retain(|(known, _)| known != name);
    }

    /// Sends the backup's id twice, the second time another one.
    pub fn twice(&mut self) -> bool {
        self.parameters.push((self.shape.backup.to_owned(), Value::from("another")));
        self.shape.place != Place::Json
    }

    fn draft(&self, authority: &str) -> Draft {
        let mut draft = Draft {
            method: self.method.clone(),
            host: self.host.unwrap_or(authority).to_owned(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            ..Draft::default()
        };
        let mut header = |name: &str, value: &str| draft.headers.push((name.to_owned(), value.to_owned()));
        if let Some(content_type) = self.content_type {
            header("Content-Type", content_type);
        }
        let in_header = self.shape.place == Place::Json;
        if let Some(name) = self.shape.action.filter(|_| in_header && !self.operation.is_empty()) {
            header(name, &self.operation);
        }
        if let (Some((name, _)), Some(version)) = (self.shape.version, self.version) {
            header(name, version);
        }
        let mut pairs = Pairs::default();
        if let Some(name) = self.shape.action.filter(|_| !in_header && !self.operation.is_empty()) {
            pairs.push(name, self.operation.as_str());
        }
        for (name, value) in &self.parameters {
            pairs.push(name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        match (self.shape.place, self.body) {
            (_, Some(body)) => draft.body = Body::Bytes(body.as_bytes().to_vec()),
            (Place::Query, None) => draft.query = pairs,
            (Place::Form, None) => draft.body = Body::Form(pairs),
            (Place::Json, None) => {
                let object: Map<String, Value> = self.parameters.iter().cloned().collect();
                draft.body = Body::Bytes(Value::Object(object).to_string().into_bytes());
            }
        }
        draft
    }

    /// Signs the call as a form, and sends its members as JSON, with this as the limit, and with a text changed.
    pub async fn send_as_json(
        &self,
        emulator: &Emulator,
        limit: &str,
        change: Option<(&str, &str)>,
    ) -> Reply {
        let url = emulator.endpoint(self.shape.service).unwrap();
        let mut draft = self.draft(host(url));
        self.signing.sign(metadata(self.shape).service, &mut draft);
        let mut object: Map<String, Value> = draft
            .form()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.to_string_lossy(), Value::from(value.to_string_lossy())))
            .collect();
        object.insert(self.shape.limit.to_owned(), serde_json::from_str(limit).unwrap());
        let text = Value::Object(object).to_string();
        let text = change.map_or(text.clone(), |(from, to)| text.replace(from, to));
        draft.body = Body::Bytes(text.into_bytes());
        draft.headers.retain(|(name, _)| name != "Content-Type");
        draft.headers.push(("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()));
        send(url, &draft).await
    }

    /// Sends the call, and gives the answer.
    pub async fn send(&self, emulator: &Emulator) -> Reply {
        let url = emulator.endpoint(self.shape.service).unwrap();
        let mut draft = self.draft(host(url));
        if !self.unsigned {
            self.signing.sign(metadata(self.shape).service, &mut draft);
        }
        if let Some(then) = self.then {
            then(&mut draft);
        }
        let mut reply = send(url, &draft).await;
        for _ in 1..self.times {
            reply = send(url, &draft).await;
        }
        reply
    }
}

/// What is known of a service.
pub fn metadata(shape: &Shape) -> &'static ServiceMetadata {
    service(shape.service).unwrap()
}

/// The HTTP status and the code of an answer, as the service's clients see them.
pub fn outcome(shape: &Shape, reply: &Reply) -> String {
    let body = reply.json();
    let text =
        |path: &str| body.pointer(path).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
    let code = match shape.service {
        "tencent" => text("/Response/Error/Code"),
        "ucloud" => text("/RetCode").filter(|code| code != "0"),
        "jdcloud" => text("/error/status"),
        _ => text("/code").filter(|code| code != "0"),
    };
    format!("{} {}", reply.status, code.as_deref().unwrap_or("ok"))
}

/// A moment so many seconds off the emulator's clock.
pub fn off(clock: &Clock, seconds: i64) -> Timestamp {
    Timestamp::from_unix(clock.now().unix() + seconds).unwrap()
}
