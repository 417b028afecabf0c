//! What clients may ask about jobs and their runs.

mod add;
mod config;
mod logs;
mod pause;
mod preview;
mod read;
mod wanted;

use std::time::Duration;

pub use add::{Add, JobRemoved, Remove};
pub use config::{Edit, GetConfig};
pub use logs::{Follow, FollowItem, JobLine, JobLogPage, Logs};
pub use pause::{Pause, PauseReply, Resume};
pub use preview::{Preview, PreviewDue, SchedulePreview};
pub use read::{DueNext, Get, JobDetail, Jobs, List, Next, NextPage, RunPage, Runs};
pub use wanted::{Again, Cancel, Enqueue, RunNow, Wait};

use super::Handle;
use crate::kernel::Ops;

/// For what waits until something has ended.
const LONG: Duration = Duration::from_secs(3600);

/// Everything that can be asked of jobs.
pub fn ops() -> Ops<Handle> {
    Ops::default()
        .op::<List>()
        .op::<Get>()
        .op::<Next>()
        .op::<Preview>()
        .op::<RunNow>()
        .op::<Again>()
        .op::<Enqueue>()
        .op::<Cancel>()
        .op::<Wait>()
        .op::<Runs>()
        .op::<Logs>()
        .feed::<Follow>()
        .op::<Pause>()
        .op::<Resume>()
        .op::<Add>()
        .op::<Remove>()
        .op::<GetConfig>()
        .op::<Edit>()
}
