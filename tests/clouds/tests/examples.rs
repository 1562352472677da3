//! The worked examples of the invented clouds, tested as those of the real ones are.

use rdbfetch_clouds::services;

#[path = "../../examples/checks.rs"]
mod checks;
