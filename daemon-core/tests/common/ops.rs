//! Operations for tests: they wait, count, break and never pause, as they are asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use daemon_core::kernel::registry::Registry;
use daemon_core::kernel::{Access, Call, Effect, Fault, Feed, Op, Ops};
use futures_util::stream::{self, Stream, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// What the operations act on; clones are the same.
#[derive(Clone)]
pub struct Stage {
    /// Each permit lets one [`Wait`] end.
    pub let_go: Arc<Semaphore>,
    /// How many have waited to their end.
    pub done: Arc<AtomicUsize>,
    /// How many items all feeds have made.
    pub made: Arc<AtomicUsize>,
    /// Whether a feed was dropped.
    pub feed_dropped: Arc<AtomicBool>,
}

impl Default for Stage {
    fn default() -> Self {
        Stage {
            let_go: Arc::new(Semaphore::new(0)),
            done: Arc::default(),
            made: Arc::default(),
            feed_dropped: Arc::default(),
        }
    }
}

/// All of them.
pub fn ops() -> Ops<Stage> {
    Ops::default().op::<Wait>().op::<Echo>().op::<Break>().op::<Slow>().feed::<Pour>().feed::<Hold>()
}

/// A registry that has nothing else.
pub fn registry(stage: &Stage) -> Registry {
    let mut registry = Registry::default();
    registry.add(stage, ops());
    registry
}

/// Wait until the test lets go
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Wait {}

impl Op for Wait {
    const NAME: &'static str = "test.wait";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = Duration::from_secs(3600);
    type On = Stage;
    type Reply = Number;

    async fn run(self, stage: &Stage, _: &Call) -> Result<Number, Fault> {
        stage.let_go.acquire().await.expect("the semaphore stays").forget();
        Ok(Number { number: stage.done.fetch_add(1, Ordering::SeqCst) as u64 })
    }
}

/// A number.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    /// Which.
    pub number: u64,
}

/// Take long, and be done nevertheless
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Slow {}

impl Op for Slow {
    const NAME: &'static str = "test.slow";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = Duration::from_secs(2);
    type On = Stage;
    type Reply = Number;

    async fn run(self, stage: &Stage, _: &Call) -> Result<Number, Fault> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(Number { number: stage.done.fetch_add(1, Ordering::SeqCst) as u64 })
    }
}

/// Say what was said
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// Text
    pub text: String,
    /// A small number
    #[serde(default)]
    pub level: u8,
    /// Several
    #[serde(default)]
    pub names: Vec<String>,
}

/// What was said.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// The text.
    pub text: String,
}

impl Op for Echo {
    const NAME: &'static str = "test.echo";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    const MAX_BODY: usize = 4 << 20;
    type On = Stage;
    type Reply = Said;

    async fn run(self, _: &Stage, _: &Call) -> Result<Said, Fault> {
        Ok(Said { text: self.text })
    }
}

/// Break
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Break {}

impl Op for Break {
    const NAME: &'static str = "test.break";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    type On = Stage;
    type Reply = Number;

    async fn run(self, _: &Stage, _: &Call) -> Result<Number, Fault> {
        tokio::task::yield_now().await;
        panic!("as it was asked to")
    }
}

/// Give items without ever pausing
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Pour {
    /// How many until it fails; none is no end
    #[serde(default)]
    pub until_fault: Option<u64>,
}

impl Feed for Pour {
    const NAME: &'static str = "test.pour";
    const ACCESS: Access = Access::Observe;
    type On = Stage;
    type Item = Number;

    fn open(
        self,
        stage: &Stage,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<Number, Fault>> + Send + 'static, Fault> {
        let made = Arc::clone(&stage.made);
        Ok(stream::iter(0..).map(move |number| {
            made.fetch_add(1, Ordering::SeqCst);
            match self.until_fault {
                Some(last) if last <= number => Err(Fault::internal("it ran dry")),
                _ => Ok(Number { number }),
            }
        }))
    }
}

/// Give no item at all
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Hold {}

struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Feed for Hold {
    const NAME: &'static str = "test.hold";
    const ACCESS: Access = Access::Observe;
    type On = Stage;
    type Item = Number;

    fn open(
        self,
        stage: &Stage,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<Number, Fault>> + Send + 'static, Fault> {
        let dropped = Dropped(Arc::clone(&stage.feed_dropped));
        Ok(stream::pending().map(move |never: Number| {
            let _kept = &dropped;
            Ok(never)
        }))
    }
}
