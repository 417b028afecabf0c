//! Writing, reading, migrating and closing, when nothing is broken.

mod faults;
mod groups;

use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc::sync_channel;

use futures_util::future::join_all;
use tempfile::TempDir;

use super::*;

const STEPS: &[&str] = &[
    "CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    "ALTER TABLE run ADD COLUMN status INTEGER; UPDATE run SET status = 0",
    "CREATE TABLE log (run INTEGER REFERENCES run, line TEXT) STRICT",
];

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state").join("hob.db");
    (directory, file)
}

async fn open(file: &Path) -> Db {
    let db = Db::open(file, Durability::Normal).unwrap();
    db.migrate("runs", STEPS).await.unwrap();
    db
}

fn insert(id: i64) -> impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static {
    move |transaction| {
        let mut insert = transaction.prepare_cached("INSERT INTO run VALUES (?, ?, 0)")?;
        insert.execute((id, format!("run {id}")))?;
        Ok(())
    }
}

async fn ids(db: &Db) -> Vec<i64> {
    let all = db.read(|connection| {
        let mut select = connection.prepare_cached("SELECT id FROM run ORDER BY id")?;
        select.query_map([], |row| row.get(0))?.collect()
    });
    all.await.unwrap()
}

/// Holds the writer up until what is returned is dropped.
fn hold(db: &Db) -> std::sync::mpsc::SyncSender<()> {
    let (release, held) = sync_channel(0);
    db.write_later("a hold", move |_| {
        held.recv().unwrap_err();
        Ok(())
    });
    release
}

#[tokio::test]
async fn what_was_given_back_is_read_again() {
    let (_directory, file) = place();
    let db = open(&file).await;
    for (id, expected) in [(1, vec![1]), (2, vec![1, 2])] {
        db.write(insert(id)).await.unwrap();
        assert_eq!(ids(&db).await, expected);
        db.give_back().await.unwrap();
    }
    assert_eq!(ids(&db).await, [1, 2]);
    db.close().await.unwrap();
    assert!(matches!(db.give_back().await, Err(Error::Closed { .. })));
}

#[tokio::test]
async fn a_write_is_done_even_if_nobody_waits_any_more() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let held = hold(&db);
    tokio::select! {
        biased;
        _ = db.write(insert(1)) => panic!("the writer is held up"),
        () = std::future::ready(()) => {}
    }
    drop(held);
    db.flush().await.unwrap();
    assert_eq!(ids(&db).await, [1]);
}

#[tokio::test]
async fn a_full_queue_drops_late_writes_and_counts_them() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let held = hold(&db);
    // The writer may or may not have taken the hold off the queue already.
    (0..QUEUE as i64 + 10).for_each(|id| db.write_later("a run", insert(id)));
    let dropped = db.shared.dropped.load(Ordering::Relaxed);
    assert!((10..=11).contains(&dropped), "{dropped}");
    drop(held);
    db.flush().await.unwrap();
    assert_eq!(ids(&db).await.len() as u64, QUEUE as u64 + 10 - dropped);
    db.write_later("a run", insert(-1));
    assert_eq!(db.shared.dropped.load(Ordering::Relaxed), 0, "it was told");
}

#[tokio::test]
async fn reads_see_one_moment_while_writes_go_on() {
    let (_directory, file) = place();
    let db = open(&file).await;
    db.write(insert(1)).await.unwrap();
    let (tell, told) = sync_channel(0);
    let (seen, see) = oneshot::channel();
    let count = |connection: &Connection| -> rusqlite::Result<i64> {
        connection.query_row("SELECT count(*) FROM run", [], |row| row.get(0))
    };
    let read = db.read(move |connection| {
        let before = count(connection)?;
        seen.send(()).unwrap();
        told.recv().unwrap();
        Ok((before, count(connection)?))
    });
    let write = async {
        see.await.unwrap();
        db.write(insert(2)).await.unwrap();
        assert_eq!(ids(&db).await, [1, 2], "the other reader is not held up");
        tell.send(()).unwrap();
    };
    let (read, ()) = tokio::join!(read, write);
    assert_eq!(read.unwrap(), (1, 1));
}

#[tokio::test]
async fn a_reader_cannot_write_and_survives_a_panic() {
    let (_directory, file) = place();
    let db = open(&file).await;
    db.read(|connection| connection.execute("DELETE FROM run", [])).await.unwrap_err();
    for _ in 0..5 {
        let error = db.read(|_| -> rusqlite::Result<()> { panic!("on purpose") }).await.unwrap_err();
        assert!(matches!(error, Error::Panicked { .. }), "{error}");
    }
    assert!(ids(&db).await.is_empty());
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_leaves_one_file() {
    let (_directory, file) = place();
    let db = open(&file).await;
    assert!(ids(&db).await.is_empty());
    (0..500).for_each(|id| db.write_later("a run", insert(id)));
    db.close().await.unwrap();
    db.close().await.unwrap();

    assert!(matches!(db.write(insert(-1)).await, Err(Error::Closed { .. })));
    assert!(matches!(db.read(|_| Ok(())).await, Err(Error::Closed { .. })));
    let left: Vec<_> = fs_err::read_dir(file.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(ids(&open(&file).await).await.len(), 500);
}

#[tokio::test]
async fn dropping_the_last_handle_closes_even_from_inside_a_job() {
    let (_directory, file) = place();
    let db = open(&file).await;
    (0..500).for_each(|id| db.write_later("a run", insert(id)));
    drop(db);
    let db = open(&file).await;
    assert_eq!(ids(&db).await.len(), 500);

    let held = hold(&db);
    let inner = db.clone();
    let (done, end) = oneshot::channel();
    db.write_later("itself", move |_| {
        drop(inner);
        done.send(()).unwrap();
        Ok(())
    });
    drop(db);
    drop(held);
    end.await.unwrap();
}

#[tokio::test]
async fn two_handles_opened_on_one_file_take_turns() {
    let (_directory, file) = place();
    let (one, two) = (open(&file).await, open(&file).await);
    let odd = join_all((0..100).map(|id| one.write(insert(2 * id + 1))));
    let even = join_all((0..100).map(|id| two.write(insert(2 * id))));
    let (odd, even) = tokio::join!(odd, even);
    odd.into_iter().chain(even).for_each(|result| result.unwrap());
    assert_eq!(ids(&one).await, (0..200).collect::<Vec<_>>());
    one.close().await.unwrap();
    assert_eq!(ids(&two).await.len(), 200);
}

#[tokio::test]
async fn every_older_version_is_brought_up_to_date_and_keeps_its_rows() {
    for old in 1..=STEPS.len() {
        let (_directory, file) = place();
        let db = Db::open(&file, Durability::Full).unwrap();
        db.migrate("runs", &STEPS[..old]).await.unwrap();
        let row = |transaction: &Transaction<'_>| {
            transaction.execute("INSERT INTO run (id, name) VALUES (7, 'seven')", [])
        };
        db.write(row).await.unwrap();
        drop(db);

        let db = open(&file).await;
        db.migrate("runs", STEPS).await.unwrap();
        db.migrate("others", &["CREATE TABLE other (id INTEGER)"]).await.unwrap();
        assert_eq!(ids(&db).await, [7], "from version {old}");
        let log = db.read(|connection| {
            connection.query_row("SELECT count(*) FROM log", [], |row| row.get::<_, i64>(0))
        });
        assert_eq!(log.await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_migration_that_fails_keeps_the_steps_before_it_and_nothing_of_its_own() {
    let (_directory, file) = place();
    let db = Db::open(&file, Durability::Normal).unwrap();
    let broken = [STEPS[0], "CREATE TABLE half (id INTEGER); CREATE TABLE run (id INTEGER)"];
    let error = db.migrate("runs", &broken).await.unwrap_err().to_string();
    assert!(error.contains("cannot bring \"runs\" to version 2"), "{error}");
    assert!(error.contains("already exists"), "{error}");
    db.migrate("runs", &[STEPS[0], "CREATE TABLE half (id INTEGER)"]).await.unwrap();
}

#[tokio::test]
async fn each_file_is_as_durable_as_it_was_asked_to_be() {
    for (durability, expected) in [(Durability::Normal, 1), (Durability::Full, 2)] {
        let (_directory, file) = place();
        let db = Db::open(&file, durability).unwrap();
        let level = db.write(|it| it.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0)));
        assert_eq!(level.await.unwrap(), expected, "{durability:?}");
        let mode = db.read(|it| it.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)));
        assert_eq!(mode.await.unwrap(), "wal");
    }
}

#[tokio::test]
async fn what_was_committed_before_a_file_is_secured_is_in_the_file_itself_after_it() {
    async fn level(db: &Db) -> i64 {
        db.write(|it| it.pragma_query_value(None, "synchronous", |row| row.get(0))).await.unwrap()
    }
    let (_directory, file) = place();
    let open = || Db::open(&file, Durability::FullOnceSecured).unwrap();
    let db = open();
    db.migrate("runs", STEPS).await.unwrap();
    db.write(insert(1)).await.unwrap();
    drop(db);
    let db = open();
    assert_eq!(level(&db).await, 0, "nobody has said yet that it is to last");
    db.write(insert(2)).await.unwrap();
    db.secure().await.unwrap();
    assert_eq!(level(&db).await, 2);
    let alone = file.with_extension("copy");
    fs_err::copy(&file, &alone).unwrap();
    let copy = Db::open(&alone, Durability::Full).unwrap();
    assert_eq!(ids(&copy).await, [1, 2], "without the log");
    db.secure().await.unwrap();
    drop(db);
    assert_eq!(level(&open()).await, 2, "once and for all");
}

/// Writes rows of a page each, in commits of ten, until there are `to`.
async fn fill(db: &Db, rows: std::ops::Range<i64>) {
    for first in rows.step_by(10) {
        let write = db.write(move |transaction| {
            let mut insert = transaction.prepare_cached("INSERT INTO run VALUES (?, ?, 0)")?;
            (first..first + 10).try_for_each(|id| insert.execute((id, format!("{id:04000}"))).map(drop))
        });
        write.await.unwrap();
    }
}

#[tokio::test]
async fn a_long_log_is_put_into_the_main_file_beside_the_writer() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let length = || fs_err::metadata(&file).unwrap().len();
    fill(&db, 0..400).await;
    let before = length();
    fill(&db, 400..1600).await;
    let longer = async {
        while length() < before + (1000 << 12) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), longer).await.expect("it is put there");
    assert_eq!(ids(&db).await.len(), 1600);
}

#[tokio::test]
async fn a_log_that_is_written_to_all_the_time_is_begun_anew_all_the_same() {
    let (_directory, file) = place();
    let db = open(&file).await;
    fill(&db, 0..20_000).await;
    let log = fs_err::metadata(format!("{}-wal", file.display())).unwrap().len();
    // A page more than one that is too long, and what one commit adds to it.
    let most = u64::from(checkpoint::TOO_LONG + 200) * (4096 + 24);
    assert!(log < most, "{log} bytes of log, where {most} are too many");
    assert_eq!(ids(&db).await.len(), 20_000);
}

#[tokio::test]
async fn the_files_are_private_even_if_they_were_not() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(format!("{}{suffix}", file.display()).as_ref()), 0o600, "{suffix}");
    }
    db.close().await.unwrap();
    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    open(&file).await;
    assert_eq!(mode(&file), 0o600);
}
