//! Many writes that are one transaction, and what becomes of them when one of them fails.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// Commits in the write-ahead log: frames that give the size of the database after a commit.
fn commits(file: &Path) -> usize {
    let log = fs_err::read(format!("{}-wal", file.display())).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    log[32..].chunks_exact(24 + page).filter(|frame| frame[4..8] != [0; 4]).count()
}

/// Inserts a row as what can only fail with all.
fn append(db: &Db, id: i64) -> impl Future<Output = Result<(), Error>> {
    db.write_then(insert(id), Fails::WithAll, |()| ())
}

#[tokio::test]
async fn what_is_queued_together_is_committed_together() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let before = commits(&file);

    let held = hold(&db);
    (0..64).for_each(|id| db.write_later("a run", insert(id)));
    drop(held);
    db.flush().await.unwrap();

    assert_eq!(ids(&db).await, (0..64).collect::<Vec<_>>());
    assert_eq!(commits(&file) - before, 1);
}

#[tokio::test]
async fn a_failing_or_panicking_job_undoes_only_itself() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let before = commits(&file);

    let held = hold(&db);
    let first = db.write(insert(1));
    let broken = db.write(|transaction| {
        insert(2)(transaction)?;
        insert(1)(transaction)
    });
    let panicking = db.write(|transaction| -> rusqlite::Result<()> {
        insert(3)(transaction)?;
        panic!("on purpose")
    });
    let last = db.write(insert(4));
    let release = async { drop(held) };
    let (first, broken, panicking, last, ()) = tokio::join!(first, broken, panicking, last, release);

    first.unwrap();
    last.unwrap();
    let broken = broken.unwrap_err().to_string();
    assert!(broken.contains("UNIQUE constraint failed: run.id"), "{broken}");
    assert!(matches!(panicking.unwrap_err(), Error::Panicked { message, .. } if message == "on purpose"));
    assert_eq!(ids(&db).await, [1, 4]);
    assert_eq!(commits(&file) - before, 1, "they were in one transaction");
}

#[tokio::test]
async fn the_first_of_a_group_that_fails_undoes_only_itself() {
    let (_directory, file) = place();
    let db = open(&file).await;
    db.write(insert(1)).await.unwrap();

    let held = hold(&db);
    let broken = db.write(|transaction| {
        insert(2)(transaction)?;
        insert(1)(transaction)
    });
    let appended = append(&db, 3);
    let last = db.write(insert(4));
    let release = async { drop(held) };
    let (broken, appended, last, ()) = tokio::join!(broken, appended, last, release);

    assert!(broken.unwrap_err().to_string().contains("UNIQUE"));
    appended.unwrap();
    last.unwrap();
    assert_eq!(ids(&db).await, [1, 3, 4]);
}

#[tokio::test]
async fn what_is_appended_and_fails_takes_its_group_along_and_nobody_is_told_otherwise() {
    let (_directory, file) = place();
    let db = open(&file).await;
    db.write(insert(1)).await.unwrap();

    let held = hold(&db);
    let first = db.write(insert(2));
    let broken = append(&db, 1);
    let release = async { drop(held) };
    let (first, broken, ()) = tokio::join!(first, broken, release);

    assert!(broken.unwrap_err().to_string().contains("UNIQUE"));
    assert!(first.unwrap_err().to_string().contains("UNIQUE"), "it is told why its row is not there");
    assert_eq!(ids(&db).await, [1]);
    append(&db, 3).await.unwrap();
    assert_eq!(ids(&db).await, [1, 3]);
}

#[tokio::test]
async fn a_job_that_ends_the_shared_transaction_is_found_out() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let error = db.write(|transaction| transaction.execute_batch("ROLLBACK")).await.unwrap_err();
    assert!(error.to_string().contains("ended the transaction"), "{error}");
    db.write(insert(1)).await.unwrap();
    assert_eq!(ids(&db).await, [1]);
}

#[tokio::test]
async fn a_lock_of_another_program_is_waited_out_once_for_all() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let since = Instant::now();
    let failed = join_all((0..30).map(|id| db.write(insert(id)))).await;
    assert!(failed.iter().all(|it| matches!(it, Err(Error::Busy { .. }))), "{failed:?}");
    let patience = since.elapsed();
    assert!(file::PATIENCE <= patience && patience < 2 * file::PATIENCE, "{patience:?}");
    // And who comes later, one after the other, does not wait for as long again.
    for id in 0..4 {
        assert!(matches!(db.write(insert(id)).await, Err(Error::Busy { .. })));
    }
    let later = since.elapsed() - patience;
    assert!(later < file::PATIENCE, "{later:?}");

    other.execute_batch("ROLLBACK").unwrap();
    db.write(insert(1)).await.unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let release = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_secs(1));
        other.execute_batch("ROLLBACK").unwrap();
    });
    db.write(insert(2)).await.expect("after a write it has all its patience again");
    release.await.unwrap();
    assert_eq!(ids(&db).await, [1, 2]);
    db.close().await.unwrap();
}
