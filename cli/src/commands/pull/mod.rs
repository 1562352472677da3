//! `rdbfetch pull`

pub mod doc;
pub mod one;
pub mod retention;

use rdbfetch::place::Field;
use rdbfetch::{BackupId, Question};

use self::doc::Pulled;
use self::one::{Job, Missed};
use crate::args::Pull;
use crate::destination::Destination;
use crate::exit::{Exit, Failure};
use crate::manifest::Subject;
use crate::output::Output;
use crate::parameters::Given;
use crate::progress::{About, Progress};
use crate::session::Session;

/// Downloads the files of a backup.
pub async fn run(args: &Pull, output: Output) -> Result<Exit, Failure> {
    let service = super::service(args.service.as_deref().unwrap_or_default())?;
    let destination = Destination::open(&args.dir, !args.no_fsync)?;
    suits(args, &destination)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let id = session.backup_id(args.instance.as_deref(), args.backup.as_deref())?;
    session.know(&id.instance, &args.known);
    let ids = [(Field::Instance, id.instance.as_str()), (Field::Backup, id.backup.as_str())];
    let params = &args.cloud.params;
    let operation = session.about(&id.instance, Question::Links, args.cloud.previews(), &ids, params).await?;
    let given = Given::read(operation, Vec::new(), &args.cloud.params);
    let own = given.own();
    let parameters = session.check_links(operation, &id, given)?;
    if args.cloud.previews() {
        going(args, &session, &destination, &id, output).await?;
        return session.dry_run_links(operation, &id, &parameters).await;
    }
    session.ready(operation)?;

    let (id, created_at) = session.resolve(id, args.wait.wait).await?;
    let created_at = match created_at {
        None if args.keep.is_some() => session.created(&id).await?,
        known => known,
    };
    let subject = Subject {
        service: service.service.name,
        region: session.cloud.setting("region").map(str::to_owned),
        project: session.cloud.setting("project").map(str::to_owned),
        id,
        created_at: created_at.map(|at| at.to_string()),
    };
    let job = Job {
        args,
        session: &session,
        destination: &destination,
        subject,
        operation: operation.name,
        parameters: own,
        connections: args.in_all(),
    };
    let about = About {
        service: Some(job.subject.service.to_owned()),
        region: job.subject.region.clone(),
        instance: Some(job.subject.id.instance.clone()),
        backup: Some(job.subject.id.backup.clone()),
    };
    let progress = Progress::of_one(args.progress, output, about.clone());
    let followed = progress.begin(about);
    let brought = job.bring(&mut |event| followed.event(&event)).await;
    progress.finish();
    match brought {
        Ok(brought) => {
            if brought.already {
                let there = "is there already; nothing was downloaded.";
                output.remark(&format!("The backup {} {there}", brought.manifest.backup));
            }
            for id in &brought.removed {
                output.remark(&format!("The older backup {} was removed.", id.backup));
            }
            Pulled::of(&brought.manifest, &destination).tell(&destination, output)?;
            Ok(Exit::Done)
        }
        Err(Missed { failure, left }) => {
            if let Some(left) = left {
                Pulled::left(&left).tell(&destination, output)?;
            }
            Err(failure)
        }
    }
}

/// Makes sure that nothing is asked of a destination that it cannot do.
pub fn suits(args: &Pull, destination: &Destination) -> Result<(), Failure> {
    let refused = |flag: &str, why: &str| Err(Failure::usage(format!("{flag} {why}.")));
    let piped = matches!(destination, Destination::Pipe);
    if args.only.is_some() && !piped {
        return refused("--only", "is for stdout (--dir -), which takes one file; elsewhere all files go");
    }
    let odd = [
        ("--keep", args.keep.is_some()),
        ("--exec", args.exec.is_some()),
        ("--recheck", args.recheck),
        ("--all", args.fleet.all),
        ("--targets", args.fleet.targets.is_some()),
    ];
    match odd.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) if piped => {
            refused(flag, "needs a place that keeps files, and stdout (--dir -) is none")
        }
        _ => Ok(()),
    }
}

/// Says what --keep would remove once another backup is there.
async fn going(
    args: &Pull,
    session: &Session,
    destination: &Destination,
    id: &BackupId,
    output: Output,
) -> Result<(), Failure> {
    let Some(keep) = args.keep else { return Ok(()) };
    // Nobody is asked how old the one is that comes: it counts as the newest.
    let newest = Some("9999");
    let service = session.service.service.name;
    for manifest in retention::old(destination, service, &id.instance, keep.get(), newest).await? {
        output.remark(&format!("The older backup {} would be removed.", manifest.backup));
    }
    Ok(())
}
