//! `rdbfetch backup`

use rdbfetch::place::Field;
use rdbfetch::{NewBackup, Question, State};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{BackupCommand, Create};
use crate::exit::{Exit, Failure};
use crate::output::{Output, or_dash, pairs};
use crate::parameters::Given;
use crate::session::Session;

/// A backup that was asked for.
#[derive(JsonSchema, Serialize)]
pub struct Made {
    /// The service.
    service: &'static str,
    /// The operation that made it.
    operation: &'static str,
    /// The instance.
    instance: String,
    /// The id of the backup; null where the service does not tell and nobody waited.
    backup: Option<String>,
    /// The name or remark that it was given.
    name: Option<String>,
    /// How far it is.
    #[schemars(extend("enum" = ["running", "finished", "unknown"]))]
    state: &'static str,
    /// The task that makes it, where the service has tasks.
    task: Option<String>,
    /// What the vendor's support asks for.
    request_id: Option<String>,
}

/// Does what is asked about backups.
pub async fn run(command: BackupCommand, output: Output) -> Result<Exit, Failure> {
    match command {
        BackupCommand::Create(args) => create(&args, output).await,
    }
}

async fn create(args: &Create, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let instance = session.instance(args.instance.as_deref())?;
    session.know(&instance, &args.known);
    session.uniform("a way to make backups", |operation| operation.creates)?;
    let operation = session
        .about(
            &instance,
            Question::Create,
            args.cloud.previews(),
            &[(Field::Instance, &instance)],
            &args.cloud.params,
        )
        .await?;
    let known = session.cloud.known_instance(&instance);
    let given = Given::read(operation, Vec::new(), &args.cloud.params).of(known);
    let own = given.own();
    if args.cloud.previews() {
        let name = args.name.clone().or_else(|| session.cloud.name_for(operation)).unwrap_or_default();
        let fields = [(Field::Instance, instance.as_str()), (Field::Name, name.as_str())];
        let fields = if name.is_empty() { &fields[..1] } else { &fields[..] };
        let parameters = given.and(operation.creates, fields).check(|_| false)?;
        return session.dry_run(operation, &parameters, None);
    }
    given
        .and(
            operation.creates,
            &[
                (Field::Instance, instance.as_str()),
                (Field::Name, args.name.as_deref().unwrap_or("rdbfetch-backup")),
            ],
        )
        .check(|_| args.name.is_none())?;
    session.ready(operation)?;
    let mut new = NewBackup::default();
    new.name = args.name.clone();
    new.parameters = own;
    let created = session.cloud.create_backup(&instance, new).await.map_err(session.failed(operation))?;
    let mut made = Made {
        service: service.service.name,
        operation: created.operation,
        instance: created.instance.clone(),
        backup: created.backup.clone(),
        name: created.name.clone(),
        state: State::Running.as_str(),
        task: created.task.clone(),
        request_id: created.request_id.clone(),
    };
    if args.wait.wait.is_some() {
        let told = [("backup", &made.backup), ("name", &made.name), ("task", &made.task)];
        let told = told.into_iter().filter_map(|(what, value)| Some(format!("{what} {}", value.as_ref()?)));
        let told: Vec<String> = told.collect();
        let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) };
        // Whoever interrupts the waiting knows what was begun.
        output.remark(&format!("note: a backup of {instance} was asked for{told}; waiting for it."));
    }
    let waited = match args.wait.wait {
        Some(most) => session.cloud.wait_created(&created, most).await.map(Some),
        None => Ok(None),
    };
    if let Ok(Some(backup)) = &waited {
        made.backup = Some(backup.backup.clone());
        made.state = State::Finished.as_str();
    }
    if let Err(error) = waited {
        // The backup was asked for all the same: what is known of it must not be lost.
        made.state = State::Unknown.as_str();
        print(&made, output)?;
        return Err(session.failed(operation)(error));
    }
    print(&made, output)?;
    Ok(Exit::Done)
}

fn print(made: &Made, output: Output) -> Result<(), Failure> {
    output.object(made, || {
        pairs(&[
            ("instance", made.instance.clone()),
            ("backup", or_dash(made.backup.as_ref())),
            ("name", or_dash(made.name.as_ref())),
            ("state", made.state.to_owned()),
            ("task", or_dash(made.task.as_ref())),
            ("request id", or_dash(made.request_id.as_ref())),
        ])
    })
}
