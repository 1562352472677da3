//! `rdbfetch spec`

pub mod check;
pub mod diff;
pub mod export;
