//! `rdbfetch man`

use std::fs;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use crate::args;
use crate::exit::{Exit, Failure};
use crate::help;
use crate::output::{Output, write_bytes};

/// Prints a manual page, or writes all of them to a folder.
pub fn run(args: &args::Man, output: Output) -> Result<Exit, Failure> {
    output.plain("`rdbfetch man`")?;
    let mut command = help::command();
    // Names the subcommands as they are called.
    command.build();
    if let Some(folder) = &args.dir {
        let unwritable =
            |error| Failure::disk(format!("The pages cannot be written to {}: {error}.", folder.display()));
        fs::create_dir_all(folder).map_err(unwritable)?;
        let count = all(&command, "rdbfetch", folder).map_err(unwritable)?;
        output.remark(&format!("{count} pages are in {}.", folder.display()));
        return Ok(Exit::Done);
    }
    let mut name = "rdbfetch".to_owned();
    let mut found = &command;
    for word in &args.command {
        found = visible(found).find(|one| one.get_name() == word).ok_or_else(|| {
            let names: Vec<&str> = visible(found).map(Command::get_name).collect();
            super::unknown("command", word, &names, "")
        })?;
        name = format!("{name}-{word}");
    }
    write_bytes(page(found, &name).trim_ascii_end())?;
    Ok(Exit::Done)
}

/// Writes the page of a command and of all below it, and says how many those were.
fn all(command: &Command, name: &str, folder: &Path) -> std::io::Result<usize> {
    fs::write(folder.join(format!("{name}.1")), page(command, name))?;
    visible(command).try_fold(1, |count, subcommand| {
        let name = format!("{name}-{}", subcommand.get_name());
        Ok(count + all(subcommand, &name, folder)?)
    })
}

/// The commands that a page of its own is worth.
fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help")
}

fn page(command: &Command, name: &str) -> Vec<u8> {
    // The pages of subcommands are written one by one, so that none is lost in a list of `help` pages.
    let command = command.clone().name(name.to_owned()).display_name(name.to_owned());
    let mut page = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(command).title(name.to_uppercase()).manual("rdbfetch manual").render(&mut page);
    page
}
