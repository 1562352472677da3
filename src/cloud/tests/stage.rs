//! A service with two products, and a transport that plays it.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use super::*;
use crate::place::{Convert, JsonKind};
use crate::service::{
    Bounds, Class, ErrorCode, Field, Kind, PageBy, Paging, Parameter, Projection, Source, TimeFormat, Traits,
    Want, With,
};

pub(super) type Scripted = Result<Canned, TransportError>;

/// A place in the listed rows.
macro_rules! of_rows {
    ($key:literal, $kind:ident, $convert:expr) => {
        source(crate::__place!("Response", "Set", [], $key), JsonKind::$kind, $convert)
    };
    ($key:literal) => {
        of_rows!($key, String, Convert::Plain)
    };
}

/// A place beside the listed rows.
macro_rules! told {
    ($key:literal, $convert:expr) => {
        source(crate::__place!("Response", $key), TEXT, $convert)
    };
    ($key:literal) => {
        told!($key, Convert::Plain)
    };
}

const SECONDS: TimeFormat = TimeFormat { format: "%s", offset: 0 };

const STATES: Source = of_rows!(
    "State",
    Integer,
    Convert::Words(&[("running", &["0"]), ("finished", &["1"]), ("failed", &["2"]), ("expired", &["3"])])
);

static PARAMETERS: &[Parameter] = &[
    Parameter { required: true, ..parameter("Instance", Kind::String) },
    parameter("Zone", Kind::String),
    Parameter { default: Some("2"), ..parameter("Limit", Kind::Int64) },
    parameter("Offset", Kind::Int64),
    parameter("Name", Kind::String),
    parameter("Backup", Kind::String),
];

const fn paged() -> Option<Paging> {
    Some(Paging {
        by: PageBy::Offset("Offset"),
        limit: Some("Limit"),
        total: Some(crate::__place!("Response", "Total")),
        more: None,
        items: crate::__place!("Response", "Set"),
    })
}

const fn operation(name: &'static str) -> Operation {
    Operation { parameters: PARAMETERS, backups: &[], ..listing(name, None) }
}

/// What lists of backups tell, of those that are asked of one instance.
static BACKUPS: &[(Field, &[Source])] = &[
    (Field::Instance, &[asked("Instance"), of_rows!("Owner")]),
    (Field::Backup, &[of_rows!("Id")]),
    (Field::Name, &[of_rows!("Name")]),
    (Field::CreatedAt, &[of_rows!("At", Integer, Convert::Time(SECONDS))]),
    (Field::State, &[STATES]),
    (Field::Kind, &[of_rows!("Kind", String, Convert::Words(&[("manual", &["M"]), ("automatic", &["A"])]))]),
];

static LIST: Operation = Operation {
    backups: &[Projection { fields: BACKUPS, ..Projection::NONE }],
    ..Operation { parameters: PARAMETERS, ..listing("List", paged()) }
};

/// A list that has no word for the state.
static STATELESS: Operation = Operation {
    backups: &[Projection {
        fields: &[(Field::Instance, &[asked("Instance")]), (Field::Backup, &[of_rows!("Id")])],
        ..Projection::NONE
    }],
    ..operation("List")
};

/// Makes a backup and tells a task.
static MAKE: Operation = Operation {
    idempotent: false,
    creates: &[Projection {
        fields: &[
            (Field::Instance, &[asked("Instance")]),
            (Field::Name, &[asked("Name")]),
            (Field::Task, &[told!("Task")]),
        ],
        ..Projection::NONE
    }],
    ..operation("Make")
};

/// Makes a backup and tells its id.
static MAKE_TOLD: Operation = Operation {
    idempotent: false,
    creates: &[Projection {
        fields: &[(Field::Instance, &[asked("Instance")]), (Field::Backup, &[told!("Id")])],
        ..Projection::NONE
    }],
    ..operation("Make")
};

static TASK: Operation = Operation {
    parameters: &[Parameter { required: true, ..parameter("Task", Kind::String) }],
    tasks: &[Projection {
        fields: &[
            (Field::Task, &[asked("Task")]),
            (
                Field::State,
                &[told!(
                    "State",
                    Convert::Words(&[("running", &["busy"]), ("finished", &["ok"]), ("failed", &["bad"])])
                )],
            ),
        ],
        ..Projection::NONE
    }],
    ..operation("Task")
};

static CODES: &[ErrorCode] = &[
    code("Slow", Class::Throttled, true),
    code("Denied", Class::Denied, false),
    code("Busy", Class::Server, true),
];

const fn acme(operations: &'static [&'static Operation]) -> Service {
    Service { errors: CODES, ..service(operations) }
}

/// The answer to `Make` tells a task and no id.
pub(super) static ACME: Service = acme(&[&LIST, &MAKE, &TASK]);
/// The answer to `Make` tells the id.
pub(super) static TELLING: Service = acme(&[&LIST, &MAKE_TOLD]);
/// Nobody tells how a task is.
pub(super) static TASKLESS: Service = acme(&[&LIST, &MAKE]);
/// Lists have no word for the state.
pub(super) static SILENT: Service = acme(&[&STATELESS, &MAKE, &TASK]);

static INSTANCES: Operation = Operation {
    parameters: &[
        parameter("Instance", Kind::String),
        Parameter { default: Some("2"), ..parameter("Limit", Kind::Int64) },
        parameter("Offset", Kind::Int64),
    ],
    instances: &[Projection {
        fields: &[
            (Field::Instance, &[of_rows!("Id")]),
            (Field::Zone, &[of_rows!("Zone")]),
            (
                Field::Kind,
                &[of_rows!(
                    "Kind",
                    String,
                    Convert::Words(&[("standalone", &["one"]), ("cluster", &["many"])])
                )],
            ),
        ],
        ..Projection::NONE
    }],
    backups: &[],
    ..listing("Instances", paged())
};

const ONE: &[(Field, &[Want])] = &[(Field::Kind, &[Want::Like("standalone")])];
const MANY: &[(Field, &[Want])] = &[(Field::Kind, &[Want::Like("cluster")])];
const ZONE: &[(&str, With)] = &[("Zone", With::Instance(Field::Zone))];

static LIST_ONE: Operation = Operation {
    backups: &[Projection { only: ONE, fields: BACKUPS, ..Projection::NONE }],
    ..operation("ListOne")
};
static LIST_MANY: Operation = Operation {
    backups: &[Projection { only: MANY, with: ZONE, fields: BACKUPS, ..Projection::NONE }],
    ..operation("ListMany")
};

/// Is told which backup it is about, and tells it again.
static BACKUP_PARAMETERS: &[Parameter] = &[
    Parameter { required: true, ..parameter("Instance", Kind::String) },
    Parameter { required: true, ..parameter("Backup", Kind::String) },
    parameter("Zone", Kind::String),
];
static LINKS: &[(Field, &[Source])] = &[
    (Field::Instance, &[asked("Instance")]),
    (Field::Backup, &[asked("Backup"), told!("Id")]),
    (Field::PublicUrl, &[of_rows!("Url")]),
];
static LINK_ONE: Operation = Operation {
    parameters: BACKUP_PARAMETERS,
    links: &[Projection { only: ONE, fields: LINKS, ..Projection::NONE }],
    ..operation("LinkOne")
};
static LINK_MANY: Operation = Operation {
    parameters: BACKUP_PARAMETERS,
    links: &[Projection { only: MANY, with: ZONE, fields: LINKS, ..Projection::NONE }],
    ..operation("LinkMany")
};

static MAKE_ONE: Operation = Operation {
    creates: &[Projection {
        only: ONE,
        // The answer says again whose it is.
        fields: &[(Field::Instance, &[asked("Instance"), told!("Owner")])],
        ..Projection::NONE
    }],
    ..operation("MakeOne")
};
static MAKE_MANY: Operation = Operation {
    creates: &[Projection {
        only: MANY,
        with: ZONE,
        fields: &[(Field::Instance, &[asked("Instance")]), (Field::Backup, &[told!("Id")])],
        ..Projection::NONE
    }],
    ..operation("MakeMany")
};

static SHARDS: Operation = Operation {
    shards: &[Projection {
        only: MANY,
        with: ZONE,
        fields: &[
            (Field::Instance, &[asked("Instance")]),
            (Field::Shard, &[of_rows!("Id")]),
            (Field::Name, &[of_rows!("Name")]),
        ],
        ..Projection::NONE
    }],
    ..operation("Shards")
};

/// Two products, told apart by the kind of the instance.
pub(super) static PRODUCTS: Service =
    acme(&[&INSTANCES, &LINK_MANY, &LINK_ONE, &LIST_MANY, &LIST_ONE, &MAKE_MANY, &MAKE_ONE, &SHARDS]);

/// Links in a list of backups.
static LISTED_LINKS: Operation = Operation {
    backups: &[Projection { fields: BACKUPS, ..Projection::NONE }],
    links: &[Projection {
        fields: &[
            (Field::Instance, &[asked("Instance")]),
            (Field::Backup, &[of_rows!("Id")]),
            (Field::PublicUrl, &[of_rows!("Url")]),
        ],
        ..Projection::NONE
    }],
    ..Operation { parameters: PARAMETERS, ..listing("List", paged()) }
};
pub(super) static LISTED: Service = acme(&[&LISTED_LINKS]);

/// An operation that makes backups whose names have to be as the vendor says.
pub(super) fn naming(bounds: Bounds, pattern: Option<&'static str>, required: bool) -> &'static Operation {
    let name = Parameter {
        required,
        bounds,
        traits: Traits { pattern, ..Traits::NONE },
        ..parameter("Name", Kind::String)
    };
    let parameters = vec![Parameter { required: true, ..parameter("Instance", Kind::String) }, name];
    let operation = Operation { parameters: Box::leak(parameters.into_boxed_slice()), ..MAKE_NAMED };
    Box::leak(Box::new(operation))
}

const MAKE_NAMED: Operation = Operation {
    creates: &[Projection {
        fields: &[(Field::Instance, &[asked("Instance")]), (Field::Name, &[asked("Name")])],
        ..Projection::NONE
    }],
    ..operation("Make")
};

/// A transport that answers each operation in the order of its answers, the last one again and again.
pub(super) struct Stage {
    answers: Mutex<BTreeMap<&'static str, VecDeque<Scripted>>>,
    calls: Mutex<Vec<Called>>,
    begun: Instant,
    /// How long each answer is on its way.
    pub(super) takes: Duration,
}

/// A call that came.
#[derive(Clone)]
pub(super) struct Called {
    pub(super) query: BTreeMap<String, String>,
    /// How long after the beginning.
    pub(super) after: Duration,
}

impl Stage {
    pub(super) fn new<const N: usize>(answers: [(&'static str, Vec<Scripted>); N]) -> Arc<Self> {
        Self::slow(Duration::ZERO, answers)
    }

    pub(super) fn slow<const N: usize>(
        takes: Duration,
        answers: [(&'static str, Vec<Scripted>); N],
    ) -> Arc<Self> {
        let answers = answers.into_iter().map(|(name, list)| (name, list.into())).collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            calls: Mutex::new(Vec::new()),
            begun: Instant::now(),
            takes,
        })
    }

    /// A client of a service that is played here, which makes each call once.
    pub(super) fn client(self: &Arc<Self>, service: &'static Service) -> Cloud {
        let transport: Arc<dyn Transport> = self.clone();
        builder(service, &Mock::new([])).transport(transport).retry(Retry::none()).build().unwrap()
    }

    pub(super) fn calls(&self) -> Vec<Called> {
        self.calls.lock().unwrap().clone()
    }

    /// The operations that were called, in their order.
    pub(super) fn called(&self) -> Vec<String> {
        self.calls().iter().map(|call| call.query["Action"].clone()).collect()
    }

    /// The values of a parameter in the calls of an operation.
    pub(super) fn sent(&self, action: &str, parameter: &str) -> Vec<Option<String>> {
        let calls = self.calls();
        let of = calls.iter().filter(|call| call.query["Action"] == action);
        of.map(|call| call.query.get(parameter).cloned()).collect()
    }

    /// When an operation was called, in milliseconds after the beginning.
    pub(super) fn when(&self, action: &str) -> Vec<u128> {
        let calls = self.calls();
        calls
            .iter()
            .filter(|call| call.query["Action"] == action)
            .map(|call| call.after.as_millis())
            .collect()
    }
}

impl Transport for Stage {
    fn send(&self, request: transport::Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let url = url::Url::parse(&request.url).unwrap();
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let action = query["Action"].clone();
        self.calls.lock().unwrap().push(Called { query, after: self.begun.elapsed() });
        let mut answers = self.answers.lock().unwrap();
        let list = answers.get_mut(action.as_str()).unwrap_or_else(|| panic!("{action} is not to be called"));
        let answer = match list.len() {
            0 | 1 => list.front().unwrap_or_else(|| panic!("no answer for {action}")).clone(),
            _ => list.pop_front().unwrap(),
        };
        let takes = self.takes;
        Box::pin(async move {
            if !takes.is_zero() {
                tokio::time::sleep(takes).await;
            }
            answer.map(Canned::response)
        })
    }
}

/// An answer with these members.
pub(super) fn says(members: Value) -> Scripted {
    canned(200, json!({"Response": members}).to_string())
}

/// A page with these rows, of a list of so many.
pub(super) fn of(total: usize, rows: Value) -> Scripted {
    says(json!({"Set": rows, "Total": total}))
}

/// A list with these rows.
pub(super) fn lists(rows: Value) -> Scripted {
    of(rows.as_array().unwrap().len(), rows)
}

/// A refusal with this code.
pub(super) fn refuses(code: &str) -> Scripted {
    says(json!({"Error": {"Code": code, "Message": "m"}}))
}
