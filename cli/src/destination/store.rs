//! An object store: `s3://`, `gs://`, `az://`.
//!
//! A file is uploaded in parts while it arrives. The store shows it once the upload is completed, which happens after the
//! file was verified; until then, and if that never comes, there is nothing.

mod upload;

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutPayload};
use rdbfetch::download::{self, Destination, Event, PullError, Sink};
use rdbfetch::transport::{Body, BoxFuture};
use rdbfetch::{TransportError, TransportErrorKind};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use url::Url;

use self::upload::Upload;
use super::Fetch;
use crate::exit::Failure;
use crate::manifest::Manifest;

/// What the names of variables begin with that say where stores are and as whom to use them.
const VARIABLES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

/// How long one request may take: a part over a slow line.
const TIMEOUT: &str = "300 seconds";

/// The longest text of an error that is shown, in characters.
const LONGEST: usize = 500;

/// A folder in an object store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    path: Path,
    /// The URL, for people.
    shown: String,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Store {
    /// The folder of this URL. Keys and endpoints come from the environment.
    pub fn open(url: &str) -> Result<Self, Failure> {
        let usage = |why: String| Failure::usage(format!("--dir {}: {why}.", plain(url)));
        let parsed = Url::parse(url).map_err(|why| usage(why.to_string()))?;
        if !parsed.username().is_empty() || parsed.password().is_some() || parsed.query().is_some() {
            return Err(usage("keys belong into the environment, not into the URL".to_owned()));
        }
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let ours = VARIABLES.iter().any(|prefix| name.starts_with(prefix));
            Some((name.to_ascii_lowercase(), value.into_string().ok()?)).filter(|_| ours)
        });
        let agent = ("user_agent".to_owned(), concat!("rdbfetch/", env!("CARGO_PKG_VERSION")).to_owned());
        let options = variables.chain([("timeout".to_owned(), TIMEOUT.to_owned()), agent]);
        let (inner, path) =
            object_store::parse_url_opts(&parsed, options).map_err(|why| usage(text(&why)))?;
        Ok(Self { inner: inner.into(), path, shown: url.trim_end_matches('/').to_owned() })
    }

    pub fn below(&self, names: &[String]) -> Self {
        let path = names.iter().fold(self.path.clone(), |path, name| path.join(name.as_str()));
        let shown = names.iter().fold(self.shown.clone(), |shown, name| format!("{shown}/{name}"));
        Self { inner: Arc::clone(&self.inner), path, shown }
    }

    pub fn shown(&self, name: &str) -> String {
        if name.is_empty() { self.shown.clone() } else { format!("{}/{name}", self.shown) }
    }

    fn at(&self, name: &str) -> Path {
        self.path.clone().join(name)
    }

    pub async fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        let Some(found) = self.found(name, self.inner.get(&self.at(name)).await)? else { return Ok(None) };
        if found.meta.size > most {
            let shown = self.shown(name);
            return Err(Failure::disk(format!("{shown}: it is longer than {most} bytes")));
        }
        Ok(self.found(name, found.bytes().await)?.map(|bytes| bytes.to_vec()))
    }

    pub async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let put = self.inner.put(&self.at(name), PutPayload::from(bytes)).await;
        put.map(|_| ()).map_err(|why| self.failure(name, &why))
    }

    pub async fn size(&self, name: &str) -> Result<Option<u64>, Failure> {
        Ok(self.found(name, self.inner.head(&self.at(name)).await)?.map(|meta| meta.size))
    }

    pub async fn sha256(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(found) = self.found(name, self.inner.get(&self.at(name)).await)? else { return Ok(None) };
        let (mut stream, mut digest) = (found.into_stream(), Sha256::new());
        while let Some(bytes) = stream.next().await {
            digest.update(bytes.map_err(|why| self.failure(name, &why))?);
        }
        Ok(Some(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    pub async fn list(&self, prefix: &str, suffix: &str) -> Result<Vec<String>, Failure> {
        let listed = self.inner.list_with_delimiter(Some(&self.path)).await;
        let objects = listed.map_err(|why| self.failure("", &why))?.objects;
        let names = objects.iter().filter_map(|object| object.location.filename());
        let fits = |name: &&str| name.starts_with(prefix) && name.ends_with(suffix);
        let mut names: Vec<String> = names.filter(fits).map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    pub async fn remove(&self, name: &str) -> Result<(), Failure> {
        let removed = self.inner.delete(&self.at(name)).await;
        self.found(name, removed).map(|_| ())
    }

    pub async fn fetch(
        &self,
        fetch: Fetch<'_>,
        (name, manifest): (&str, &mut Manifest),
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<download::Manifest, PullError> {
        let Fetch { cloud, id, mut options, parameters } = fetch;
        options.known = manifest.known();
        let shelf = Shelf {
            store: self.clone(),
            name: name.to_owned(),
            manifest: Arc::new(Mutex::new(manifest.clone())),
        };
        let fetched = download::pull_into(cloud, id, &options, parameters, &shelf, events).await;
        manifest.clone_from(&*shelf.manifest.lock().await);
        fetched
    }

    /// What was asked for; `None` where there is no such thing.
    fn found<T>(&self, name: &str, result: Result<T, Error>) -> Result<Option<T>, Failure> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(why) => Err(self.failure(name, &why)),
        }
    }

    fn failure(&self, name: &str, why: &Error) -> Failure {
        Failure::disk(format!("{}: {}", self.shown(name), text(why)))
    }
}

/// Where the files of one backup go, and the manifest that says so before any of them is there.
#[derive(Clone)]
struct Shelf {
    store: Store,
    /// The manifest's name.
    name: String,
    manifest: Arc<Mutex<Manifest>>,
}

impl Shelf {
    /// Notes a file that is about to be there, so that a run that is killed is gone on with.
    async fn note(&self, entry: &download::FileEntry) -> io::Result<()> {
        let mut manifest = self.manifest.lock().await;
        manifest.complete = false;
        manifest.add(entry);
        let at = self.store.at(&self.name);
        let put = self.store.inner.put(&at, PutPayload::from(manifest.text()));
        put.await.map(|_| ()).map_err(|why| other(&why))
    }
}

impl Destination for Shelf {
    fn place(&self, name: &str) -> String {
        self.store.shown(name)
    }

    fn read<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Option<Box<dyn Body>>>> {
        Box::pin(async move {
            match self.store.inner.get(&self.store.at(name)).await {
                Ok(found) => {
                    let what = self.store.shown(name);
                    Ok(Some(Box::new(Read { what, stream: found.into_stream() }) as Box<dyn Body>))
                }
                Err(Error::NotFound { .. }) => Ok(None),
                Err(why) => Err(other(&why)),
            }
        })
    }

    fn begin<'a>(&'a self, name: &'a str, size: Option<u64>) -> BoxFuture<'a, io::Result<Box<dyn Sink>>> {
        let upload = Upload::new(self.clone(), self.store.at(name), size);
        Box::pin(std::future::ready(Ok(Box::new(upload) as Box<dyn Sink>)))
    }
}

/// What a store holds, piece by piece.
struct Read {
    what: String,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Body for Read {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async move {
            let broken =
                |why| TransportError::new(self.what.as_str(), TransportErrorKind::Broken, text(&why));
            self.stream.next().await.transpose().map_err(broken)
        })
    }
}

fn other(why: &Error) -> io::Error {
    io::Error::other(text(why))
}

/// What went wrong, on a line and without the queries of URLs: they can hold signatures.
fn text(why: &Error) -> String {
    let text = why.to_string();
    let words = text.split_whitespace().map(plain).collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// A URL without its query, and without keys before its host; other words as they are.
fn plain(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let rest = rest.split('?').next().unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let keys = host.rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[keys..])
}

#[cfg(test)]
mod tests;
