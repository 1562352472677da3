//! The worked examples in the specs, as tests.

use rdbfetch::metadata::services;

mod checks;
