//! A port that can be shut: whoever comes is then refused by the system, as by a machine that serves nothing.

use tokio::sync::watch;

/// Shuts a port and opens it again. Clones are for the same port.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    /// Whether it should be open.
    wanted: watch::Sender<bool>,
    /// Whether it is.
    open: watch::Sender<bool>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { wanted: watch::Sender::new(true), open: watch::Sender::new(true) }
    }
}

impl Gate {
    /// Refuses new connections; those that there are go on.
    pub(crate) fn shut(&self) {
        self.wanted.send_replace(false);
    }

    /// Takes new connections again, on the same port.
    pub(crate) fn open(&self) {
        self.wanted.send_replace(true);
    }

    /// Waits until the port is as it was last told to be.
    #[cfg(test)]
    pub(crate) async fn settled(&self) {
        let wanted = *self.wanted.borrow();
        // The sender is in our hands, so this cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open == wanted).await;
    }
}

impl Gate {
    /// Tells the port when it should be something else.
    pub(crate) fn wanted(&self) -> watch::Receiver<bool> {
        self.wanted.subscribe()
    }

    /// Notes what the port is.
    pub(crate) fn is(&self, open: bool) {
        self.open.send_replace(open);
    }
}
