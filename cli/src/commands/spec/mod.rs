//! `rdbfetch spec`

pub mod check;
pub mod diff;
