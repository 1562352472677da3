//! The credentials of a client as they are now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Credentials;
use super::provider::CredentialProvider;
use crate::error::Error;
use crate::time::Timestamp;

/// How long before their end credentials are renewed, in milliseconds.
const MARGIN: i64 = 120_000;
/// How long nobody asks again when the source has nothing newer, in milliseconds.
const PATIENCE: i64 = 30_000;

/// Credentials, and who gives newer ones. Shared by all clones of a client.
pub(crate) struct Keys {
    source: Option<Arc<dyn CredentialProvider>>,
    state: Mutex<State>,
    /// Held by whoever asks the source. Dropping the future that holds it frees it, and the next one asks.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    keys: Option<Arc<Credentials>>,
    /// When the source is to be asked again, in milliseconds of unix time; `None` for never.
    again: Option<i64>,
    /// How many times the source was asked, and what it said last where it failed.
    asked: u64,
    failed: Option<String>,
}

impl Keys {
    /// These, for good.
    pub fn fixed(keys: Credentials) -> Self {
        Self::new(Some(keys), None)
    }

    /// Those that the source gives; the first ones may be known.
    pub fn new(keys: Option<Credentials>, source: Option<Arc<dyn CredentialProvider>>) -> Self {
        let again = source.as_ref().and(keys.as_ref()).and_then(Credentials::expires_at);
        let again = again.map(|end| end.unix_millis() - MARGIN);
        let state = State { keys: keys.map(Arc::new), again, ..State::default() };
        Self { source, state: Mutex::new(state), asking: tokio::sync::Mutex::new(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is at hand, whether or not it is still good.
    pub fn at_hand(&self) -> Option<Arc<Credentials>> {
        self.state().keys.clone()
    }

    /// Credentials that are good now. The source is asked where there are none yet, and where they run out soon.
    ///
    /// # Errors
    /// [`Error::Credentials`] where the source fails or has none that are still good.
    pub async fn get(&self, now: Timestamp) -> Result<Arc<Credentials>, Error> {
        let before = {
            let state = self.state();
            if let Some(keys) = state.fresh(now) {
                return self.good(keys, now);
            }
            state.asked
        };
        let Some(source) = &self.source else {
            return Err(Error::Credentials("there are no credentials".to_owned()));
        };
        let _asking = self.asking.lock().await;
        {
            // Whoever waited shares what the one before learned.
            let state = self.state();
            if let Some(keys) = state.fresh(now) {
                return self.good(keys, now);
            }
            if let (true, Some(problem)) = (state.asked != before, &state.failed) {
                return Err(Error::Credentials(problem.clone()));
            }
        }
        let given = source.provide().await;
        let mut state = self.state();
        state.asked += 1;
        state.failed = None;
        let problem = match given {
            Ok(keys) if keys.lacking() => {
                format!("{} gave an empty access key or secret key", source.describe())
            }
            Ok(keys) if good(&keys, now) => {
                let keys = Arc::new(keys);
                state.put(Arc::clone(&keys), now);
                return Ok(keys);
            }
            Ok(keys) => ran_out(&keys, &source.describe()),
            Err(error) => error.to_string(),
        };
        match state.keys.clone() {
            Some(keys) if good(&keys, now) => {
                state.put(Arc::clone(&keys), now);
                Ok(keys)
            }
            _ => {
                state.failed = Some(problem.clone());
                Err(Error::Credentials(problem))
            }
        }
    }

    /// Others than these, with which the service would not work any more; `None` where the source has none.
    pub async fn renew(&self, stale: &Arc<Credentials>, now: Timestamp) -> Option<Arc<Credentials>> {
        let source = self.source.as_ref()?;
        let _asking = self.asking.lock().await;
        if let Some(keys) = self.at_hand().filter(|keys| **keys != **stale && good(keys, now)) {
            return Some(keys);
        }
        // Why the source has no others matters less than what the service said.
        let given = source.provide().await.ok();
        let keys =
            given.filter(|keys| *keys != **stale && !keys.lacking() && good(keys, now)).map(Arc::new)?;
        let mut state = self.state();
        state.asked += 1;
        state.put(Arc::clone(&keys), now);
        Some(keys)
    }

    fn good(&self, keys: Arc<Credentials>, now: Timestamp) -> Result<Arc<Credentials>, Error> {
        if good(&keys, now) {
            return Ok(keys);
        }
        let source = self.source.as_ref().map_or("the configuration".to_owned(), |source| source.describe());
        Err(Error::Credentials(ran_out(&keys, &source)))
    }
}

impl State {
    /// The credentials, unless the source is to be asked first.
    fn fresh(&self, now: Timestamp) -> Option<Arc<Credentials>> {
        self.keys.clone().filter(|_| self.again.is_none_or(|again| now.unix_millis() < again))
    }

    fn put(&mut self, keys: Arc<Credentials>, now: Timestamp) {
        self.again = keys.expires_at().map(|end| {
            let (end, now) = (end.unix_millis(), now.unix_millis());
            // Credentials that live but briefly are not asked for with every call.
            (end - MARGIN).max(end.min(now + PATIENCE))
        });
        self.keys = Some(keys);
    }
}

fn good(keys: &Credentials, now: Timestamp) -> bool {
    keys.expires_at().is_none_or(|end| now < end)
}

fn ran_out(keys: &Credentials, source: &str) -> String {
    let end = keys.expires_at().map_or(String::new(), |end| format!(" at {end}"));
    format!(
        "the credentials from {source} ran out{end}; let the tool that keeps them renew them, or log in again"
    )
}
