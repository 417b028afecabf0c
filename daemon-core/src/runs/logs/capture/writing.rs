//! From the staging area into the log, and what is done when that fails.
//!
//! A batch that cannot be written waits in memory, behind what waits there
//! already, and room is asked for at the expense of old rotated files. When
//! the memory is used up, the rest is dropped and counted, until the log can be
//! written again: to keep some lines and to drop some in turn would leave holes
//! that nobody can place. Then what waited is written, and a line that tells
//! what is missing.
//!
//! What waits in memory is lost if the daemon is killed. It is counted in the
//! staging file, so the next daemon tells of that as well. A service that is to
//! wait rather than lose lines (`on_full = "block"`) gets none of this: what
//! was read from it stays staged, and the rest in its pipes.

use std::io;
use std::os::unix::fs::MetadataExt as _;

use super::super::backlog::{self, Backlog};
use super::super::cri::{self, Formatted, Prefix, Stream};
use super::super::files::LogFile;
use super::super::report::{Common, Event, in_words};
use super::super::slot::{Count, Slot, Staged};
use super::super::staging::Staging;
use super::super::trouble::{Stage, Trouble, is_no_room};
use super::super::upkeep::Keeping;
use super::super::{crash, files, runs};
use super::{BATCH, Batch, Capture, nanoseconds, timestamp};

/// What an ended run could not write, for the next one to write first.
#[derive(Debug, Default)]
pub(in super::super) struct Rest {
    /// Whether there was one, under this daemon: its state knows the latest stamp, and it left nothing behind.
    pub(in super::super) is_known: bool,
    /// Its staging file, mapped as it was.
    pub(in super::super) staging: Option<Staging>,
    /// Which FIFOs it had.
    pub(in super::super) fifos: Option<u64>,
    /// What they are kept as ([`hob_launch::Keeper`]), if they are.
    pub(in super::super) kept: Option<Box<str>>,
    /// How long its rotated files are kept, which those who see to that know.
    pub(in super::super) keeping: Option<Keeping>,
    /// What its state said of it.
    pub(in super::super) slot: Slot,
    pub(in super::super) backlog: Backlog,
    pub(in super::super) trouble: Option<Trouble>,
    pub(in super::super) written: i64,
}

/// What a run that has ended was captured with.
#[derive(Debug)]
pub(in super::super) struct Left {
    /// Which FIFOs.
    pub(in super::super) fifos: u64,
    /// Its staging file, mapped.
    pub(in super::super) staging: Option<Staging>,
    /// What the FIFOs are kept as, if they are.
    pub(in super::super) kept: Option<Box<str>>,
}

impl Rest {
    /// Of a run of which nothing is left to be written.
    pub(in super::super) fn settled(last_stamp: i64, keeping: Option<Keeping>, left: Left) -> Rest {
        let Left { fifos, staging, kept } = left;
        let slot = Slot { last_stamp, ..Slot::default() };
        Rest { is_known: true, staging, fifos: Some(fifos), kept, keeping, slot, ..Rest::default() }
    }
}

impl Capture {
    /// Whether the service has to wait, because its log cannot be written.
    pub(in super::super) fn is_blocked(&self) -> bool {
        self.slot.blocks && !self.is_writing() && !self.ending
    }

    /// Tries a log again that could not be written; whether it now can.
    pub(in super::super) fn retry(&mut self, common: &mut Common) -> bool {
        if self.trouble.is_none() && self.slot.missing.records == 0 {
            return true;
        }
        let missing = self.slot.missing;
        if let Err(error) = self.catch_up(common) {
            self.fail(&error, common);
            return false;
        }
        if self.is_blocked() && !self.try_staged(common) {
            return false;
        }
        if let Some(trouble) = self.trouble.take()
            && trouble.stage != Stage::New
        {
            self.tap.set_stage(Stage::New);
            self.report(common, Event::Resumed { dropped: missing.records, bytes: missing.bytes });
        }
        true
    }

    /// What is left to be written of an ended run.
    pub(in super::super) fn into_rest(self) -> Rest {
        Rest {
            is_known: true,
            keeping: self.log.is_there().then(|| self.keeping()),
            staging: Some(self.staging),
            fifos: Some(self.slot.fifos),
            kept: self.kept,
            slot: self.slot,
            backlog: self.backlog,
            trouble: self.trouble,
            written: self.written,
        }
    }

    /// Writes one batch; whether there is more of its kind.
    pub(super) fn write_batch(&mut self, stream: Stream, batch: Batch, common: &mut Common) -> bool {
        if !self.trying && self.retry_at().is_some_and(|retry| retry <= common.now) {
            self.retry(common);
        }
        if self.is_writing()
            && let Err(error) = self.make_log(common)
        {
            self.fail(&error, common);
        }
        if self.is_blocked() {
            return false;
        }
        if self.is_writing() && self.is_full(common) {
            self.rotate(self.slot.last_stamp, common);
        }
        let staged = self.slot.streams[stream.index()];
        if batch == Batch::Part && staged.live().is_empty() {
            // It has just been written.
            return false;
        }
        let stamp = self.stamp(common);
        let prefix = Prefix::new(stamp, stream);
        common.out.clear();
        if self.is_writing() && 0 < self.slot.missing.records {
            push_notice(&self.slot, &mut common.out, nanoseconds(stamp));
        }
        let room = usize::try_from(self.slot.max_size.saturating_sub(self.slot.log_offset));
        let limit = room.unwrap_or(BATCH).clamp(1, BATCH);
        let notice = common.out.len();

        let bytes = self.staging.bytes(stream, staged.live());
        let made = match batch {
            Batch::Lines => {
                cri::format_lines(bytes, staged.mid_line, &prefix, notice + limit, &mut common.out)
            }
            Batch::Part | Batch::Last => {
                let ends_line = batch == Batch::Last;
                cri::format_rest(bytes, ends_line, &prefix, &mut common.out);
                Formatted { consumed: bytes.len(), records: 1, mid_line: !ends_line }
            }
        };
        if made.records == 0 {
            return false;
        }
        self.tap.hear(stream, &common.out[notice..]);

        let left = staged.live().len() - made.consumed;
        let head = if left == 0 { 0 } else { staged.tail - left as u32 };
        let mut next = self.slot;
        next.last_stamp = nanoseconds(stamp);
        next.streams[stream.index()] =
            Staged { head, tail: head + left as u32, intent: 0, mid_line: made.mid_line };
        if !self.put(&mut next, made.records, notice, common) {
            return false;
        }
        self.commit(next);
        notice + limit <= common.out.len() && 0 < left
    }

    /// Writes `common.out`, of which `notice` bytes are ours, or does with it
    /// what is to be done; settles in `next` what came of it. False if nothing did.
    fn put(&mut self, next: &mut Slot, records: u64, notice: usize, common: &mut Common) -> bool {
        if self.is_writing() {
            let written = self.log.write_at(&common.out, next.log_offset);
            crash::point();
            let Err(error) = written else {
                next.log_offset += common.out.len() as u64;
                next.missing = Count::default();
                self.written = next.last_stamp;
                self.began.get_or_insert(next.last_stamp);
                self.records += records + u64::from(0 < notice);
                return true;
            };
            self.fail(&error, common);
            if self.is_blocked() {
                return false;
            }
        }
        let bytes = &common.out[notice..];
        let count = Count { records, bytes: bytes.len() as u64 };
        let trouble = self.trouble.as_mut().expect("a log without trouble was written");
        if next.missing.records == 0 && next.waiting.records == 0 {
            next.trouble_at = next.last_stamp;
            next.errno = trouble.errno();
        }
        let room = match trouble.stage {
            Stage::Dropping => 0,
            _ => backlog::ROOM.saturating_sub(common.waiting),
        };
        if let Some(cost) = self.backlog.push(bytes, records, next.last_stamp, room) {
            common.waiting += cost;
            next.waiting += count;
        } else {
            next.missing += count;
            self.reach(Stage::Dropping, common);
        }
        true
    }

    /// Writes what a service that waits has left staged, to find out whether that is possible again.
    fn try_staged(&mut self, common: &mut Common) -> bool {
        self.trying = true;
        for stream in Stream::BOTH {
            self.write_lines(stream, common);
            if self.trying && 0 < self.waiting(stream) {
                self.write_batch(stream, Batch::Part, common);
            }
        }
        std::mem::take(&mut self.trying)
    }

    fn is_writing(&self) -> bool {
        self.trouble.is_none() || self.trying
    }

    /// Makes a log that waits for its first line.
    fn make_log(&mut self, common: &Common) -> io::Result<()> {
        if self.log.is_there() {
            return Ok(());
        }
        let log = LogFile::open(&self.place.log)?;
        crash::point();
        let log_offset = log.mend()?;
        self.note_run(self.slot.last_stamp, common);
        crash::point();
        self.log = log;
        self.commit(Slot { inode: self.log.inode, log_offset, ..self.slot });
        if let Some(upkeep) = &common.upkeep {
            upkeep.know(&self.place.log, self.keeping());
        }
        Ok(())
    }

    /// Notes in the log that its run began at `start`.
    pub(in super::super) fn note_run(&self, start: i64, common: &Common) {
        if let Err(error) = runs::begin(&self.place.log, self.slot.run, timestamp(start)) {
            // Its lines will count as the run's before. That is less than a run that is not.
            self.report(common, Event::Unnoted { reason: error.to_string() });
        }
    }

    /// Writes what waits, and then what is missing.
    fn catch_up(&mut self, common: &mut Common) -> io::Result<()> {
        self.make_log(common)?;
        while let Some(chunk) = self.backlog.first() {
            let (first, last, count) = (chunk.first, chunk.last, chunk.count());
            if self.slot.max_size <= self.slot.log_offset && self.written < first {
                self.rotate(self.written, common);
            }
            let Some(chunk) = self.backlog.first() else { break };
            self.log.write_at(&chunk.bytes, self.slot.log_offset)?;
            crash::point();
            let mut next = self.slot;
            next.log_offset += count.bytes;
            next.waiting -= count;
            common.waiting -= self.backlog.pop();
            self.commit(next);
            self.records += count.records;
            self.written = last;
            self.began.get_or_insert(first);
        }
        if self.slot.missing.records == 0 {
            return Ok(());
        }
        let stamp = nanoseconds(self.stamp(common));
        common.out.clear();
        push_notice(&self.slot, &mut common.out, stamp);
        self.log.write_at(&common.out, self.slot.log_offset)?;
        crash::point();
        let log_offset = self.slot.log_offset + common.out.len() as u64;
        self.commit(Slot { log_offset, last_stamp: stamp, missing: Count::default(), ..self.slot });
        self.records += 1;
        self.written = stamp;
        self.began.get_or_insert(stamp);
        Ok(())
    }

    /// The log could not be written.
    fn fail(&mut self, error: &io::Error, common: &mut Common) {
        // Should the cut fail, too, the next batch is written over the same place.
        drop(self.log.cut(self.slot.log_offset));
        self.trying = false;
        let is_new = self.trouble.is_none();
        self.trouble.get_or_insert_default().failed(error, common.now);
        if is_no_room(error)
            && let Some(upkeep) = &common.upkeep
        {
            let above = || self.place.log.parent().and_then(|logs| fs_err::metadata(logs).ok());
            let device = if self.log.is_there() { Some(self.log.device) } else { above().map(|it| it.dev()) };
            device.into_iter().for_each(|device| upkeep.free(device));
        }
        if !is_new {
            // Room was not made meanwhile, so it is worth a word.
            self.reach(if self.is_blocked() { Stage::Blocked } else { Stage::Waiting }, common);
        }
    }

    fn reach(&mut self, stage: Stage, common: &Common) {
        let news = self.trouble.as_mut().and_then(|trouble| trouble.reach(stage));
        if let Some(news) = news {
            self.tap.set_stage(stage);
            self.report(common, news);
        }
    }

    /// Whether a new file is to be begun: for size, or because the first line is as old as a line may become.
    fn is_full(&self, common: &Common) -> bool {
        if self.slot.max_size <= self.slot.log_offset {
            return true;
        }
        let Some(began) = self.began.filter(|_| 0 < self.slot.max_age) else { return false };
        let age = nanoseconds((common.clock)()).saturating_sub(began);
        u64::try_from(age).is_ok_and(|age| self.slot.max_age <= age / 1_000_000_000)
    }

    /// Begins a new file; the old one is named for `latest`, the stamp of its last record.
    fn rotate(&mut self, latest: i64, common: &mut Common) {
        let log = match files::rotate(&self.place.log, timestamp(latest)) {
            Ok(log) => log,
            Err(error) => {
                if !self.unrotated {
                    self.unrotated = true;
                    self.report(common, Event::NotRotated { reason: error.to_string() });
                }
                return;
            }
        };
        self.unrotated = false;
        self.log = log;
        self.began = None;
        // Later than the name of the file before: see `files`.
        let last_stamp = self.slot.last_stamp.max(latest + 1);
        self.commit(Slot { inode: self.log.inode, log_offset: 0, last_stamp, ..self.slot });
        // Not before the commit: it tells files apart by inodes, which are used again.
        if let Err(error) = files::prune(&self.place.log, self.slot.keep) {
            self.report(common, Event::NotRotated { reason: error.to_string() });
        }
        if let Some(upkeep) = &common.upkeep {
            upkeep.look(&self.place.log, self.keeping());
        }
    }
}

#[cold]
fn push_notice(slot: &Slot, out: &mut Vec<u8>, stamp: i64) {
    let missing = in_words(slot.missing.records, slot.missing.bytes);
    let since = timestamp(slot.trouble_at);
    let reason = match slot.errno {
        0 => "the log could not be written".to_owned(),
        errno => io::Error::from_raw_os_error(errno.cast_signed()).to_string(),
    };
    let text = format!("hob: {missing} are missing here, dropped since {since:.0}: {reason}");
    cri::format_rest(text.as_bytes(), true, &Prefix::new(timestamp(stamp), Stream::Err), out);
}
