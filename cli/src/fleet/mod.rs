//! Many backups in one run.

mod report;
mod run;
mod seen;
mod shard;
mod source;
mod targets;

pub use self::report::{Line, Report};
pub use self::run::run;
pub use self::shard::Shard;
