//! How much an emulator takes from its clients.

use std::time::Duration;

/// How much an emulator takes from its clients: for what comes from outside and is larger or slower there is an answer
/// or the end of the connection, and never a wait for others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at a time, of all ports together: 10,000, or what the limit of open files leaves. Beyond them the
    /// connection that has been idle longest gives way; where none is idle, the new one is answered with 503.
    pub connections: usize,
    /// Bytes of the head of a request: 64 KiB. Less than 8 KiB counts as 8 KiB, and what arrives in one piece may be
    /// up to twice as much. A head has at most 100 fields.
    pub head_bytes: usize,
    /// Bytes of the body of a request: 10 MiB.
    pub body_bytes: usize,
    /// Bytes of all bodies that are being received: 256 MiB.
    pub all_bodies_bytes: usize,
    /// How long the head of a request may take, from the end of the request before: 30 s. So long a connection may be
    /// idle, too.
    pub head_time: Duration,
    /// How long the body of a request may take: 30 s.
    pub body_time: Duration,
    /// How long a client may take nothing of an answer that waits for it: 60 s.
    pub write_time: Duration,
    /// How long a TLS handshake may take: 10 s.
    pub handshake_time: Duration,
    /// How long a connection stays open whose answer stalls on purpose: an hour.
    pub stall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head_bytes: 64 << 10,
            body_bytes: 10 << 20,
            all_bodies_bytes: 256 << 20,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(60),
            handshake_time: Duration::from_secs(10),
            stall_time: Duration::from_secs(3600),
        }
    }
}

impl Limits {
    /// The connections that there can be: what the process may open bounds them, less what it needs otherwise.
    pub(crate) fn connections(&self) -> usize {
        match open_files() {
            Some(most) => self.connections.min((most.saturating_sub(RESERVED)).max(most / 2)),
            None => self.connections,
        }
    }
}

/// Open files that are no connections: the ports, files of backups, and what the program itself has open.
const RESERVED: usize = 256;

/// How many files the process may have open.
#[cfg(unix)]
fn open_files() -> Option<usize> {
    let (soft, _) = rlimit::getrlimit(rlimit::Resource::NOFILE).ok()?;
    usize::try_from(soft).ok()
}

#[cfg(not(unix))]
fn open_files() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_bounded_by_open_files() {
        assert_eq!(Limits { connections: 3, ..Limits::default() }.connections(), 3);
        let most = Limits { connections: usize::MAX, ..Limits::default() }.connections();
        assert!(open_files().is_none_or(|files| most < files), "{most}");
    }
}
