//! What is told while files are fetched.

use super::{FileEntry, Network};

/// What happens during a [`pull`](super::pull). Files are counted from 0; several are fetched at a time, and their events
/// come in between each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The links are there.
    Planned {
        /// How many files there are.
        files: usize,
        /// How many bytes in all, if the service says so for every file.
        bytes: Option<u64>,
    },
    /// A file is begun.
    Started {
        /// Which file.
        file: usize,
        /// The name it gets on the disk.
        name: String,
        /// Its size in bytes, if the service says so, and as precisely as it does.
        size: Option<u64>,
    },
    /// Another run has fetched some of a file. It is read again before it is counted on.
    Resumed {
        /// Which file.
        file: usize,
        /// How many bytes are there, if all is as it was left.
        bytes: u64,
    },
    /// It was tried whether internal links work, as there are public ones, too.
    Probed {
        /// Why they do not; `None` if they do.
        problem: Option<String>,
    },
    /// From now on, a file comes over this network.
    Connected {
        /// Which file.
        file: usize,
        /// The network that its link is for.
        network: Network,
    },
    /// From now on, a file is fetched over so many connections at most: it is large enough for them, or the storage
    /// wants fewer.
    Connections {
        /// Which file.
        file: usize,
        /// How many connections.
        connections: usize,
    },
    /// Some of a file was written, up to a quarter of a mebibyte.
    Progress {
        /// Which file.
        file: usize,
        /// The bytes that are there.
        received: u64,
        /// The size of the file, where known.
        size: Option<u64>,
    },
    /// Something of a file is asked for again. What arrived of it stays.
    Retrying {
        /// Which file.
        file: usize,
        /// Which attempt comes now, counted from 1 since the last one that brought something.
        attempt: u32,
        /// What went wrong.
        problem: String,
    },
    /// A file is begun anew: the storage has another one than before, or sends what does not fit together.
    Restarted {
        /// Which file.
        file: usize,
        /// What went wrong.
        problem: String,
    },
    /// The links of all files were asked for again.
    Renewed,
    /// All of a file has arrived and was checked, and it is about to get its name. Whoever writes this down before
    /// returning finds it again in [`Options::known`](super::Options::known) whenever the pull is killed.
    Checked {
        /// Which file.
        file: usize,
        /// What it is going to be.
        entry: FileEntry,
    },
    /// A file is there from an earlier pull, and was read and checked again.
    Kept {
        /// Which file.
        file: usize,
        /// What it is.
        entry: FileEntry,
    },
    /// A file is there, verified or not.
    Finished {
        /// Which file.
        file: usize,
        /// What became of it.
        entry: FileEntry,
    },
    /// A file is given up.
    Failed {
        /// Which file.
        file: usize,
        /// What went wrong.
        problem: String,
    },
}
