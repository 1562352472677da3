//! What the built program must do, whatever the services are: it is run as its users run it, against the emulator and
//! against small servers that misbehave on purpose.

mod account;
mod calling;
mod commands;
mod control;
mod curl;
mod dry_run;
mod emulated;
mod emulator;
mod environment;
mod exit_codes;
mod faults;
mod fleet;
mod fleet_failures;
mod fleet_progress;
mod help;
mod hints;
mod killed;
mod output;
mod pages;
mod pages_and_specs;
mod profiles;
mod pull;
mod purity;
mod query;
mod schemas;
mod secrets;
mod server;
mod spec;
mod stopped;
mod support;
mod usage;
mod verify;
