//! The same call as somebody would write it by hand who knows this one operation: reqwest, serde, hmac.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Whatever goes wrong.
pub type Problem = Box<dyn std::error::Error + Send + Sync>;

/// What is asked.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ask<'a> {
    /// The instance.
    pub instance_id: &'a str,
    /// The backup.
    pub backup_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    response: Links,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    code: String,
    message: String,
}

/// What is answered. Whoever writes one struct for it spares serde to look twice.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Links {
    error: Option<Refusal>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Links, one per file.
    pub download_url: Option<Vec<String>>,
    /// The same from inside.
    pub inner_download_url: Option<Vec<String>>,
    /// Names of the files.
    pub filenames: Option<Vec<String>>,
    /// All of it by file.
    pub backup_infos: Option<Vec<Info>>,
}

/// A file.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Info {
    /// Its name.
    pub file_name: Option<String>,
    /// Its size.
    pub file_size: Option<i64>,
    /// Its link.
    pub download_url: Option<String>,
    /// Its link from inside.
    pub inner_download_url: Option<String>,
}

/// The client.
pub struct Client {
    http: reqwest::Client,
    url: String,
    host: String,
    access_key: String,
    secret: String,
    region: String,
    /// The day since 1970, how it is written, and the key for it.
    day: Mutex<(u64, String, [u8; 32])>,
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 15)].into());
    }
    out
}

/// What a signature adds.
pub struct Signed {
    /// The header `Authorization`.
    pub authorization: String,
    /// The header `X-TC-Timestamp`.
    pub timestamp: String,
}

impl Client {
    /// A client of a server on this machine.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn new(host: &str, access_key: &str, secret: &str, region: &str) -> Result<Self, Problem> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(30))
            .user_agent("by-hand/0.1.0")
            .build()?;
        Ok(Self {
            http,
            url: format!("http://{host}/"),
            host: host.to_owned(),
            access_key: access_key.to_owned(),
            secret: secret.to_owned(),
            region: region.to_owned(),
            day: Mutex::new((u64::MAX, String::new(), [0; 32])),
        })
    }

    /// The date and the key of a day since 1970.
    fn day(&self, day: u64) -> (String, [u8; 32]) {
        let mut kept = self.day.lock().expect("nobody panics");
        if kept.0 != day {
            let date = rdbfetch::Timestamp::from_unix(i64::try_from(day).unwrap_or(0) * 86400);
            let date = date.map(|date| date.to_string()[..10].to_owned()).unwrap_or_default();
            let key = hmac(format!("TC3{}", self.secret).as_bytes(), date.as_bytes());
            let key = hmac(&hmac(&key, b"redis"), b"tc3_request");
            *kept = (day, date, key);
        }
        (kept.1.clone(), kept.2)
    }

    /// Signs a body.
    #[must_use]
    pub fn sign(&self, body: &[u8], seconds: u64) -> Signed {
        let timestamp = seconds.to_string();
        let (date, key) = self.day(seconds / 86400);
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/json\nhost:{}\nx-tc-action:describebackupurl\n\n\
             content-type;host;x-tc-action\n{}",
            self.host,
            hex(&Sha256::digest(body))
        );
        let scope = format!("{date}/redis/tc3_request");
        let text =
            format!("TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
        let signature = hex(&hmac(&key, text.as_bytes()));
        let authorization = format!(
            "TC3-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=content-type;host;x-tc-action, Signature={signature}",
            self.access_key
        );
        Signed { authorization, timestamp }
    }

    /// The body of a call, and its signature.
    ///
    /// # Errors
    /// Where this machine's clock is before 1970.
    pub fn prepare(&self, ask: &Ask<'_>) -> Result<(Vec<u8>, Signed), Problem> {
        let body = serde_json::to_vec(ask)?;
        let signed = self.sign(&body, SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
        Ok((body, signed))
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// Where it says no, or something else.
    pub fn read(success: bool, body: &[u8]) -> Result<Links, Problem> {
        let Envelope { response } = serde_json::from_slice(body)?;
        if let Some(refusal) = response.error {
            return Err(format!("{}: {}", refusal.code, refusal.message).into());
        }
        if !success {
            return Err("an error of HTTP".into());
        }
        Ok(response)
    }

    /// Asks for the links of a backup.
    ///
    /// # Errors
    /// Where there is no answer, or it says no.
    pub async fn call(&self, ask: &Ask<'_>) -> Result<Links, Problem> {
        let (body, signed) = self.prepare(ask)?;
        let answer = self
            .http
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("X-TC-Action", "DescribeBackupUrl")
            .header("X-TC-Version", "2018-04-12")
            .header("X-TC-Region", &self.region)
            .header("X-TC-Timestamp", signed.timestamp)
            .header("Authorization", signed.authorization)
            .timeout(Duration::from_secs(30))
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        Self::read(status.is_success(), &answer.bytes().await?)
    }
}
