//! One declaration per operation.
//!
//! An operation is a request type that knows its name, the access it needs, its reply and its handler. Socket,
//! command line, reference page, JSON Schema and TypeScript types are all derived from that one declaration, so
//! nobody keeps a second list. The doc comment of the type is the help text.
//!
//! A capability lists its operations once, in a function that returns [`Ops`]; the facts ([`Meta`]) can be read
//! without a daemon, the handlers are bound to the capability's handle when it is mounted.

use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{Stream, StreamExt, TryStreamExt};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::caller::Caller;
use super::fault::Fault;

/// What a caller must be allowed to do; each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Look.
    Observe,
    /// Ask that something be run, for policy or a person to decide.
    Request,
    /// Start, stop and change what runs.
    Operate,
    /// Decide requests.
    Approve,
    /// Everything, the daemon's own life included.
    Admin,
}

/// Whether an operation changes anything; a change is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only looks.
    Read,
    /// It changes something.
    Change,
}

/// One call, as its handler sees it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who is asking.
    pub caller: Caller,
}

/// What a request type must be to travel over every surface.
pub trait Request: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send + Sync + 'static> Request for T {}

/// What a reply must be to travel back.
pub trait Reply: Serialize + DeserializeOwned + JsonSchema + Send + 'static {}
impl<T: Serialize + DeserializeOwned + JsonSchema + Send + 'static> Reply for T {}

/// An operation: one request, one reply.
pub trait Op: Request {
    /// `noun.verb`, in lower case.
    const NAME: &'static str;
    /// What the caller must be allowed to do.
    const ACCESS: Access;
    /// Whether it changes anything.
    const EFFECT: Effect;
    /// How long the caller waits at most. A deadline ends the wait, not the effect.
    const DEADLINE: Duration = Duration::from_secs(30);
    /// The largest request body, in bytes.
    const MAX_BODY: usize = 8 << 20;
    /// What it acts on: the handle of its capability.
    type On: Clone + Send + Sync + 'static;
    /// What it answers: the state that it produced.
    type Reply: Reply;

    /// Whether its capability writes leaves of its own, so that the door records only what it refuses.
    const RECORDS_ITSELF: bool = false;

    /// What the record may keep of the arguments: by default the values of fields whose names are known
    /// to be harmless, and of the others that they were there.
    fn redacted(&self) -> serde_json::Value {
        crate::text::kept::arguments(self)
    }

    /// Does it, and answers when it is done.
    fn run(self, on: &Self::On, call: &Call) -> impl Future<Output = Result<Self::Reply, Fault>> + Send;
}

/// An operation that answers with a stream of items until either side ends it; it records what it changes.
pub trait Feed: Request {
    /// `noun.verb`, in lower case.
    const NAME: &'static str;
    /// What the caller must be allowed to do.
    const ACCESS: Access;
    /// Whether opening it changes anything.
    const EFFECT: Effect = Effect::Read;
    /// The largest request body, in bytes.
    const MAX_BODY: usize = 8 << 20;
    /// What it acts on: the handle of its capability.
    type On: Clone + Send + Sync + 'static;
    /// One item.
    type Item: Reply;

    /// Opens the stream, or says why it cannot.
    fn open(
        self,
        on: &Self::On,
        call: &Call,
    ) -> Result<impl Stream<Item = Result<Self::Item, Fault>> + Send + 'static, Fault>;
}

/// The facts of an operation, known without a daemon.
#[derive(Clone, Copy)]
pub struct Meta {
    /// `noun.verb`.
    pub name: &'static str,
    /// What the caller must be allowed to do.
    pub access: Access,
    /// Whether it changes anything.
    pub effect: Effect,
    /// How long a caller waits at most; a feed has no such limit.
    pub deadline: Option<Duration>,
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// What the record may keep of a request body; nothing, if its capability records it itself.
    pub redacted: fn(&[u8]) -> Option<serde_json::Value>,
    /// The JSON Schema of the request; its description is the help text.
    pub params: fn() -> Schema,
    /// The JSON Schema of the reply, or of one item of a feed.
    pub reply: fn() -> Schema,
    /// Adds the request's arguments to a command of the command line.
    pub arguments: fn(clap::Command) -> clap::Command,
    /// Turns parsed arguments into a request body.
    pub body: fn(&mut clap::ArgMatches) -> Result<Vec<u8>, clap::Error>,
}

impl Meta {
    /// Whether it is a feed.
    pub fn is_feed(&self) -> bool {
        self.deadline.is_none()
    }

    /// What it does, in the words of its declaration.
    pub fn about(&self) -> String {
        let schema = (self.params)();
        schema.get("description").and_then(|text| text.as_str()).unwrap_or_default().to_owned()
    }

    /// The noun and the verb of the name.
    pub fn words(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').expect("an operation's name is noun.verb")
    }
}

pub(super) type ReplyFuture = Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send>>;
pub(super) type ItemStream = Pin<Box<dyn Stream<Item = Result<Vec<u8>, Fault>> + Send>>;

/// What a decoded request turns into.
pub(super) enum Started {
    Reply(ReplyFuture),
    Items(ItemStream),
}

type Start<H> = fn(&H, &[u8], &Call) -> Result<Started, Fault>;

/// The operations of one capability, all acting on a handle of type `H`.
pub struct Ops<H> {
    pub(super) list: Vec<(Meta, Start<H>)>,
}

impl<H: Clone + Send + Sync + 'static> Default for Ops<H> {
    fn default() -> Self {
        Ops { list: Vec::new() }
    }
}

impl<H: Clone + Send + Sync + 'static> Ops<H> {
    /// Adds an operation.
    #[must_use]
    pub fn op<O: Op<On = H>>(mut self) -> Self {
        let mut meta = meta::<O, O::Reply>(O::NAME, O::ACCESS, O::EFFECT, Some(O::DEADLINE), O::MAX_BODY);
        if !O::RECORDS_ITSELF {
            meta.redacted =
                |body| Some(decode::<O>(O::NAME, body).map_or(serde_json::json!({}), |it| it.redacted()));
        }
        self.list.push((meta, start_op::<O>));
        self
    }

    /// Adds a feed.
    #[must_use]
    pub fn feed<F: Feed<On = H>>(mut self) -> Self {
        let meta = meta::<F, F::Item>(F::NAME, F::ACCESS, F::EFFECT, None, F::MAX_BODY);
        self.list.push((meta, start_feed::<F>));
        self
    }

    /// The facts of all of them.
    pub fn metas(&self) -> impl Iterator<Item = Meta> + '_ {
        self.list.iter().map(|(meta, _)| *meta)
    }
}

fn meta<Q: Request, A: Reply>(
    name: &'static str,
    access: Access,
    effect: Effect,
    deadline: Option<Duration>,
    max_body: usize,
) -> Meta {
    Meta {
        name,
        access,
        effect,
        deadline,
        max_body,
        redacted: |_| None,
        params: || schemars::schema_for!(Q),
        reply: || schemars::schema_for!(A),
        arguments: |command| Q::augment_args(command),
        body: |matches| Ok(encode(&Q::from_arg_matches_mut(matches)?)),
    }
}

fn start_op<O: Op>(on: &O::On, body: &[u8], call: &Call) -> Result<Started, Fault> {
    let request: O = decode(O::NAME, body)?;
    let (on, call) = (on.clone(), call.clone());
    Ok(Started::Reply(Box::pin(async move { Ok(encode(&request.run(&on, &call).await?)) })))
}

fn start_feed<F: Feed>(on: &F::On, body: &[u8], call: &Call) -> Result<Started, Fault> {
    let request: F = decode(F::NAME, body)?;
    let items = request.open(on, call)?.map_ok(|item| encode(&item));
    Ok(Started::Items(items.boxed()))
}

fn decode<Q: DeserializeOwned>(name: &str, body: &[u8]) -> Result<Q, Fault> {
    serde_json::from_slice(body).map_err(|error| super::registry::undecodable(name, &error))
}

fn encode<A: Serialize>(value: &A) -> Vec<u8> {
    serde_json::to_vec(value).expect("wire types have string keys and no failing serializer")
}
