//! What `spec compare` and `spec transcribe` read.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use rdbfetch_codegen::{Folder, Written, written};

use crate::exit::{Exit, Failure};

/// A page that is longer is none, in bytes.
const LONGEST: u64 = 16 << 20;

/// The text of a page, and the name of its file.
pub fn page(path: &Path) -> Result<(String, String), Failure> {
    let shown = path.display();
    let usage = |why: String| Failure::usage(format!("{shown} cannot be read: {why}."));
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| match error.kind() {
        ErrorKind::NotFound => usage("there is no such file".to_owned()),
        _ => usage(error.to_string()),
    })?;
    if bytes.len() as u64 > LONGEST {
        return Err(usage(format!("it is longer than {LONGEST} bytes, and no page")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        usage(format!("it is not UTF-8 (byte {at}); save it as UTF-8"))
    })?;
    let name = path.file_name().map_or_else(|| shown.to_string(), |name| name.to_string_lossy().into_owned());
    Ok((text.trim_start_matches('\u{feff}').to_owned(), name))
}

/// A service that is right, and its files.
pub struct Service {
    pub folder: Folder,
    pub written: Written,
}

impl Service {
    /// Reads the folder of one service, or the folder that a file of it stands in.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = Folder::read(folder).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::NotFound => "there is no such folder".to_owned(),
                _ => error.to_string(),
            };
            Failure::usage(format!("{shown} cannot be read: {why}."))
        })?;
        let services = folder.check().and_then(|_| written(folder.files())).map_err(|failure| {
            // Whoever closed stderr does not want to know.
            let _ = anstream::stderr().write_all(failure.styled().as_bytes());
            Failure::new(Exit::Other, "spec", format!("The specs in {shown} have problems; mend them first."))
        })?;
        let mut services = services.into_iter();
        match (services.next(), services.next()) {
            (Some(written), None) => Ok(Self { folder, written }),
            _ => Err(Failure::usage(format!(
                "{shown} holds several services: name the folder of one, or a file."
            ))),
        }
    }

    /// The text of one of its files.
    pub fn text(&self, stem: &str) -> &str {
        let name = format!("{stem}.yaml");
        let named = |path: &str| path.rsplit('/').next() == Some(name.as_str());
        self.folder.files().iter().find(|file| named(&file.path)).map_or("", |file| file.text.as_str())
    }
}
