//! Scenarios: a world, a clock, a seed and faults, in YAML.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rdbfetch::metadata::ServiceMetadata;
use serde::Deserialize;

use crate::clock::{Clock, Hands};
use crate::faults::Fault;
use crate::world::{self, Account, DurationText, Named, Problem, ScenarioError, Service, Source, World};

/// What an emulator is to start with: a world, a clock, a seed and faults.
///
/// ```
/// use std::path::Path;
/// use rdbfetch_emulator::Scenario;
///
/// let text = "
/// seed: 7
/// clock: {frozen: 2026-01-02T03:04:05Z}
/// services:
///   tencent:
///     regions:
///       ap-guangzhou:
///         instances:
///           - id: crs-1
///             backups:
///               - id: b-1
///                 created: -2d
///                 files: [{name: node-0.rdb, keys: 100}]
/// ";
/// let scenario = Scenario::from_yaml(text, Path::new("."))?;
/// assert_eq!(scenario.seed, Some(7));
/// # Ok::<(), rdbfetch_emulator::world::ScenarioError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Scenario {
    /// What all that looks random follows from.
    pub seed: Option<u64>,
    /// How the clock goes.
    pub(crate) clock: Option<Hands>,
    /// How long links live.
    pub link_ttl: Option<Duration>,
    /// Accounts, and what services have.
    pub world: World,
    /// The rules by which calls go wrong.
    pub faults: Vec<Fault>,
}

/// A scenario as YAML has it.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a scenario: a mapping with `services`, `accounts`, `clock` and so on"
)]
struct Text {
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    clock: Option<Hands>,
    #[serde(default)]
    link_ttl: Option<DurationText>,
    #[serde(default = "yes")]
    builtin_accounts: bool,
    #[serde(default = "yes")]
    samples: bool,
    #[serde(default)]
    accounts: Vec<Account>,
    #[serde(default)]
    services: Named<Service>,
    #[serde(default)]
    faults: Vec<serde_json::Value>,
}

fn yes() -> bool {
    true
}

impl Scenario {
    /// Reads a scenario. Paths in it are relative to `folder`.
    ///
    /// # Errors
    /// Where it is no YAML, or not of the form of a scenario: the first such place. Otherwise everything that cannot
    /// be, such as services and files that there are not, together.
    pub fn from_yaml(text: &str, folder: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        Self::of(text, folder.as_ref(), rdbfetch::metadata::services())
    }

    /// Reads the scenario in a file. Paths in it are relative to the file's folder.
    ///
    /// # Errors
    /// As [`from_yaml`](Self::from_yaml), and where the file cannot be read.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let file = file.as_ref();
        let text = fs::read_to_string(file)
            .map_err(|problem| ScenarioError::one("", format!("cannot be read: {problem}")).in_file(file))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        Self::from_yaml(&text, folder).map_err(|error| error.in_file(file))
    }

    /// How the clock goes; `None` where the scenario does not say.
    #[must_use]
    pub fn clock(&self) -> Option<Clock> {
        self.clock.map(Clock::going)
    }

    fn of(text: &str, folder: &Path, services: &[&'static ServiceMetadata]) -> Result<Self, ScenarioError> {
        let text: Text = crate::yaml::read(text).map_err(|problem| syntax(&problem))?;
        let mut world = World {
            accounts: text.accounts,
            services: text.services,
            builtin_accounts: text.builtin_accounts,
            samples: text.samples,
        };
        settle(&mut world, folder);
        let mut problems = world::check(&world, services);
        let mut faults = Vec::with_capacity(text.faults.len());
        for (number, fault) in text.faults.into_iter().enumerate() {
            let read = Fault::from_value(fault).and_then(|fault| fault.check_names(services).map(|()| fault));
            match read {
                Ok(fault) => faults.push(fault),
                Err(error) => problems.push(Problem::new(format!("faults[{number}]"), error.to_string())),
            }
        }
        if !problems.is_empty() {
            return Err(ScenarioError::new(problems));
        }
        let link_ttl = text.link_ttl.map(|lifetime| lifetime.0);
        Ok(Self { seed: text.seed, clock: text.clock, link_ttl, world, faults })
    }
}

/// Makes paths independent of where the process stands later.
fn settle(world: &mut World, folder: &Path) {
    let regions = world.services.0.iter_mut().flat_map(|(_, service)| &mut service.regions.0);
    let instances = regions.flat_map(|(_, region)| &mut region.instances);
    let files = instances.flat_map(|instance| &mut instance.backups).flat_map(|backup| &mut backup.files);
    for file in files {
        if let Source::Path(path) = &mut file.source {
            let joined = folder.join(&*path);
            *path = std::path::absolute(&joined).unwrap_or(joined);
        }
    }
}

/// What the YAML library found: it begins with the keys, and ends with the position.
fn syntax(problem: &serde_yaml::Error) -> ScenarioError {
    let position = problem.location().map(|place| (place.line(), place.column()));
    let mut text = problem.to_string();
    if let Some((line, column)) = position {
        // Said once is enough.
        let end = format!(" at line {line} column {column}");
        text = text.replace(&end, "");
    }
    ScenarioError::new(vec![Problem { position, ..Problem::new("", text) }])
}
