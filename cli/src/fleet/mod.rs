//! Many backups in one run.

mod shard;

pub use self::shard::Shard;
