//! One call in parts, by the library and by hand: what `call` takes the time of, and `allocations` counts.

use std::sync::Arc;

use bytes::Bytes;
use rdbfetch::service::Operation;
use rdbfetch::sign::{Body, Draft, Inputs, Memo, Signer};
use rdbfetch::tencent::Client;
use rdbfetch::transport::{BoxFuture, HttpTransport, Request, Response, Transport};
use rdbfetch::{Credentials, Timestamp, TransportError};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::answering;
use crate::by_hand::{self, Ask, Problem};

const INSTANCE: &str = "crs-4y9t57vt";
const BACKUP: &str = "678362566696298532848117";
const OPERATION: &str = "DescribeBackupUrl";
const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "an-example-secret-key-of-some-length";
const REGION: &str = "ap-guangzhou";
const ASK: Ask<'static> = Ask { instance_id: INSTANCE, backup_id: BACKUP };

/// All that take turns, and what they are answered.
pub struct Contestants {
    /// What every call is answered.
    pub answer: &'static str,
    /// Written by hand.
    pub hand: ByHand,
    /// The library as it comes.
    pub default: Ours,
    /// The library over no network.
    pub at_once: Ours,
}

impl Contestants {
    /// Starts a server on another thread, and the clients of it.
    ///
    /// # Errors
    /// Where there is no port or no runtime, or the spec has no example.
    pub fn new() -> Result<Self, Problem> {
        let answer = answer()?;
        let host = answering::serve(answer)?.to_string();
        let runtime = Arc::new(tokio::runtime::Builder::new_current_thread().enable_all().build()?);
        let ours = |transport| Ours::new(&host, transport, &runtime);
        Ok(Self {
            answer,
            hand: ByHand::new(&host, &runtime)?,
            default: ours(Arc::new(HttpTransport::new()?))?,
            at_once: ours(Arc::new(AtOnce(Bytes::from_static(answer.as_bytes()))))?,
        })
    }
}

/// The worked example of the operation: 10 kB.
fn answer() -> Result<&'static str, Problem> {
    let service = rdbfetch::metadata::services().iter().find(|service| service.service.name == "tencent");
    let operation = service.and_then(|service| {
        service.operations.iter().find(|operation| operation.operation.name == OPERATION)
    });
    let example = operation.and_then(|operation| operation.examples.first());
    example.and_then(|example| example.response).ok_or_else(|| "the spec has no example".into())
}

/// Answers everything at once, from memory.
#[derive(Debug)]
struct AtOnce(Bytes);

impl Transport for AtOnce {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        drop(request);
        let body = Box::new(Some(self.0.clone()));
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("content-length".to_owned(), self.0.len().to_string()),
        ];
        Box::pin(std::future::ready(Ok(Response { status: 200, headers, body })))
    }
}

/// The library's client.
pub struct Ours {
    client: Client,
    runtime: Arc<Runtime>,
}

impl Ours {
    /// A client of a server on this machine.
    ///
    /// # Errors
    /// None that are known.
    fn new(host: &str, transport: Arc<dyn Transport>, runtime: &Arc<Runtime>) -> Result<Self, Problem> {
        let client = Client::new(|builder| {
            builder
                .endpoint(format!("http://{host}"))
                .credentials(Credentials::new(ACCESS_KEY, SECRET))
                .region(REGION)
                .rate_limit(None)
                .transport(transport)
        })?;
        Ok(Self { client, runtime: Arc::clone(runtime) })
    }

    /// A call. What is done with the answer is the same for all: it is dropped.
    ///
    /// # Errors
    /// Those of the call.
    pub fn call(&self) -> Result<(), Problem> {
        self.runtime.block_on(async {
            let reply = self.client.describe_backup_url(INSTANCE, BACKUP).send().await?;
            drop(std::hint::black_box(reply));
            Ok(())
        })
    }

    /// So many calls at once, as a service that is busy makes them.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn calls(&self, at_once: u32) -> Result<(), Problem> {
        together(&self.runtime, at_once, || {
            let client = self.client.clone();
            async move {
                let reply = client.describe_backup_url(INSTANCE, BACKUP).send().await?;
                drop(std::hint::black_box(reply));
                Ok(())
            }
        })
    }

    fn operation(&self) -> Result<&'static Operation, Problem> {
        self.client.cloud().operation(OPERATION).ok_or_else(|| "there is no such operation".into())
    }

    /// Forms a request and signs it.
    ///
    /// # Errors
    /// None that are known.
    pub fn prepare(&self) -> Result<Request, Problem> {
        let parameters = vec![("InstanceId", json!(INSTANCE)), ("BackupId", json!(BACKUP))];
        Ok(self.client.cloud().prepare(self.operation()?, &parameters)?)
    }

    /// What signs the same request again and again.
    ///
    /// # Errors
    /// None that are known.
    pub fn signature(&self) -> Result<impl FnMut() + use<>, Problem> {
        let auth = &self.client.cloud().service().auth;
        let variant = auth.variant(auth.default).ok_or("there is no signature")?;
        let request = self.prepare()?;
        let mut draft = Draft {
            method: request.method,
            host: "127.0.0.1:12345".to_owned(),
            path: "/".to_owned(),
            headers: request.headers,
            body: Body::Bytes(request.body),
            ..Draft::default()
        };
        let memo = Memo::default();
        let mut inputs = Inputs {
            access_key: ACCESS_KEY.to_owned(),
            secret: SECRET.to_owned().into(),
            token: None,
            now: Timestamp::now(),
            uuid: String::new(),
            random: String::new(),
            settings: vec![("service".to_owned(), "redis".to_owned())],
            signed_headers: None,
            omit: Vec::new(),
        };
        Ok(move || {
            inputs.now = Timestamp::now();
            let mut signer = Signer::new(auth, variant.name, &inputs, &mut draft).remembering(&memo);
            (variant.sign)(&mut signer);
        })
    }
}

/// Runs so many tasks at once to their ends.
fn together<F: Future<Output = Result<(), Problem>> + Send + 'static>(
    runtime: &Runtime,
    at_once: u32,
    task: impl Fn() -> F,
) -> Result<(), Problem> {
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..at_once {
            tasks.spawn(task());
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    })
}

/// The client that was written by hand.
pub struct ByHand {
    client: Arc<by_hand::Client>,
    runtime: Arc<Runtime>,
}

impl ByHand {
    /// A client of a server on this machine.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    fn new(host: &str, runtime: &Arc<Runtime>) -> Result<Self, Problem> {
        let client = by_hand::Client::new(host, ACCESS_KEY, SECRET, REGION)?;
        Ok(Self { client: Arc::new(client), runtime: Arc::clone(runtime) })
    }

    /// So many calls at once.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn calls(&self, at_once: u32) -> Result<(), Problem> {
        together(&self.runtime, at_once, || {
            let client = Arc::clone(&self.client);
            async move {
                drop(std::hint::black_box(client.call(&ASK).await?));
                Ok(())
            }
        })
    }

    /// A call.
    ///
    /// # Errors
    /// Those of the call.
    pub fn call(&self) -> Result<(), Problem> {
        let links = self.runtime.block_on(self.client.call(&ASK))?;
        drop(std::hint::black_box(links));
        Ok(())
    }

    /// Everything about a call but sending it: body, signature, and reading this answer.
    ///
    /// # Errors
    /// Those of the call.
    pub fn without_sending(&self, answer: &[u8]) -> Result<(), Problem> {
        let prepared = self.client.prepare(&ASK)?;
        drop(std::hint::black_box(prepared));
        drop(std::hint::black_box(by_hand::Client::read(true, answer)?));
        Ok(())
    }

    /// What signs the same request again and again.
    ///
    /// # Errors
    /// Where this machine's clock is before 1970.
    pub fn signature(&self) -> Result<impl FnMut(), Problem> {
        let (body, _) = self.client.prepare(&ASK)?;
        Ok(move || {
            let now = Timestamp::now().unix();
            std::hint::black_box(self.client.sign(&body, u64::try_from(now).unwrap_or_default()));
        })
    }
}
