//! Kills, damage, foreign and newer files, a full disk.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

/// Tells the child of the kill test which file to write to.
const CHILD: &str = "HOB_TEST_STORAGE_CHILD";

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let (_directory, file) = place();
    let mut acknowledged = Vec::new();
    for kill_after in [0, 1, 50, 333, 1000] {
        let mut child = child(&file);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines {
            let line = line.unwrap();
            if let Some((_, id)) = line.split_once("stored ") {
                acknowledged.push(id.parse::<i64>().unwrap());
                seen += 1;
            }
            // The lines already in the pipe are still read after the kill: they count too.
            if seen == kill_after {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let db = open(&file).await;
        let stored = ids(&db).await;
        let lost: Vec<_> = acknowledged.iter().filter(|id| stored.binary_search(id).is_err()).collect();
        assert!(lost.is_empty(), "killed after {kill_after}: {lost:?} of {} are gone", acknowledged.len());
        assert!(kill_after <= seen, "the child ended by itself after {seen}");
        db.write(insert(stored.last().map_or(0, |last| last + 1))).await.unwrap();
    }
}

#[tokio::test]
async fn a_directory_in_its_place_is_called_one() {
    let (_directory, file) = place();
    fs_err::create_dir_all(&file).unwrap();
    let error = Db::open(&file, Durability::Full).unwrap_err().to_string();
    assert!(error.contains("directory") && error.contains(file.to_str().unwrap()), "{error}");
}

#[tokio::test]
#[ignore = "run by the test above, which kills it"]
async fn a_child_that_writes_until_it_is_killed() {
    let Some(file) = std::env::var_os(CHILD) else { return };
    let db = open(Path::new(&file)).await;
    let next = ids(&db).await.last().map_or(0, |last| last + 1);
    let writers = (0..8).map(|writer| {
        let db = db.clone();
        async move {
            for round in 0.. {
                let id = next + round * 8 + writer;
                db.write(insert(id)).await.unwrap();
                println!("\nstored {id}");
            }
        }
    });
    join_all(writers).await;
}

fn child(file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("storage::tests::faults::a_child_that_writes_until_it_is_killed")
        .env(CHILD, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A closed file with a few hundred rows in it.
async fn written() -> (TempDir, PathBuf) {
    let (directory, file) = place();
    let db = open(&file).await;
    (0..2000).for_each(|id| db.write_later("a run", insert(id)));
    db.close().await.unwrap();
    (directory, file)
}

async fn damaged(damage: impl FnOnce(&mut Vec<u8>)) {
    let (_directory, file) = written().await;
    let mut bytes = fs_err::read(&file).unwrap();
    damage(&mut bytes);
    fs_err::write(&file, &bytes).unwrap();

    let error = Db::open(&file, Durability::Normal).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::Corrupt { .. }), "{message}");
    assert!(message.contains("hob.db is damaged") && message.contains("move it away"), "{message}");

    for name in ["hob.db.corrupt-noon", "hob.db.corrupt-noon.2"] {
        fs_err::write(&file, &bytes).unwrap();
        fs_err::write(file.with_extension("db-wal"), "old").unwrap();
        let db = Db::open_or_set_aside(&file, Durability::Normal, "noon").unwrap();
        let aside = db.set_aside().unwrap().to_owned();
        assert_eq!(aside, file.with_file_name(name));
        db.migrate("runs", STEPS).await.unwrap();
        assert!(ids(&db).await.is_empty());
        db.write(insert(1)).await.unwrap();
        db.close().await.unwrap();
        assert_eq!(fs_err::read(&aside).unwrap(), bytes, "it is kept as it was");
    }
}

#[tokio::test]
async fn text_in_its_place_is_damage() {
    damaged(|bytes| *bytes = b"no database, but longer than a header would be\n".repeat(100)).await;
}

#[tokio::test]
async fn a_file_cut_short_is_damaged() {
    damaged(|bytes| bytes.truncate(bytes.len() / 2 / 4096 * 4096)).await;
}

#[tokio::test]
async fn an_overwritten_schema_is_damage() {
    damaged(|bytes| bytes[100..4096].fill(0xff)).await;
}

#[tokio::test]
async fn zeros_instead_of_the_tables_are_damage() {
    damaged(|bytes| bytes[4096..].fill(0)).await;
}

#[tokio::test]
async fn damage_deep_inside_is_found_when_it_is_read() {
    let (_directory, file) = written().await;
    let mut bytes = fs_err::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    fs_err::write(&file, bytes).unwrap();
    let db = Db::open(&file, Durability::Normal).unwrap();
    let all = db.read(|connection| {
        connection.query_row("SELECT count(name), max(status) FROM run NOT INDEXED", [], |_| Ok(()))?;
        connection.query_row("SELECT max(id) FROM run WHERE name > ''", [], |_| Ok(()))
    });
    assert!(matches!(all.await, Err(Error::Corrupt { .. })));
}

#[tokio::test]
async fn a_sound_file_is_not_set_aside() {
    let (_directory, file) = written().await;
    let db = Db::open_or_set_aside(&file, Durability::Normal, "noon").unwrap();
    assert_eq!(db.set_aside(), None);
    assert_eq!(ids(&db).await.len(), 2000);
}

#[tokio::test]
async fn an_empty_file_is_a_new_one() {
    let (_directory, file) = place();
    fs_err::create_dir(file.parent().unwrap()).unwrap();
    fs_err::write(&file, "").unwrap();
    assert!(ids(&open(&file).await).await.is_empty());
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_alone() {
    let (_directory, file) = written().await;
    let db = Db::open_or_set_aside(&file, Durability::Normal, "noon").unwrap();
    let error = db.migrate("runs", &STEPS[..2]).await.unwrap_err();
    assert!(matches!(error, Error::Newer { found: 3, known: 2, .. }), "{error:?}");
    let message = error.to_string();
    for part in ["hob.db", "\"runs\"", "version 3", "up to 2", "upgrade hob, or move the file away"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(ids(&db).await.len(), 2000);
}

#[tokio::test]
async fn another_programs_file_is_refused_and_left_alone() {
    for mark in [0, 42] {
        let (_directory, file) = place();
        fs_err::create_dir(file.parent().unwrap()).unwrap();
        let theirs = Connection::open(&file).unwrap();
        theirs.pragma_update(None, "application_id", mark).unwrap();
        theirs.execute_batch("CREATE TABLE theirs (id INTEGER)").unwrap();
        drop(theirs);
        let before = fs_err::read(&file).unwrap();
        let error = Db::open_or_set_aside(&file, Durability::Normal, "noon").unwrap_err();
        assert!(matches!(error, Error::Foreign { .. }), "{error}");
        assert_eq!(fs_err::read(&file).unwrap(), before);
    }
}

#[test]
fn a_directory_in_its_place_is_an_error_that_names_it() {
    let (_directory, file) = place();
    fs_err::create_dir_all(&file).unwrap();
    let error = Db::open_or_set_aside(&file, Durability::Normal, "noon").unwrap_err();
    assert!(error.to_string().contains("cannot open the database"), "{error}");
    assert!(error.to_string().contains("hob.db"), "{error}");
}

#[tokio::test]
async fn without_room_a_write_fails_and_with_room_the_next_succeeds() {
    let (_directory, file) = place();
    let db = open(&file).await;
    let limit = |pages: i64| {
        db.write(move |it| it.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())))
    };
    limit(1).await.unwrap();
    let error = db.write(large(1)).await.unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("hob.db"), "{error}");
    limit(1_000_000).await.unwrap();
    db.write(large(2)).await.unwrap();
    assert_eq!(ids(&db).await, [2]);
}

#[tokio::test]
async fn a_full_disk_costs_only_what_was_written_meanwhile() {
    let mounted = tempfile::tempdir().unwrap();
    let mount =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=600k", "tmpfs"]).arg(mounted.path()).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        return; // Only root may.
    }
    let file = mounted.path().join("hob.db");
    let db = open(&file).await;
    let ballast = mounted.path().join("ballast");
    db.write(insert(1)).await.unwrap();
    // Filled by a stranger: writing to the end is the point.
    fs_err::write(&ballast, vec![0; 1 << 20]).unwrap_err();

    let errors: Vec<_> = join_all((2..20).map(|id| db.write(large(id)))).await;
    let full = errors.iter().filter(|result| matches!(result, Err(Error::Full { .. }))).count();
    assert_eq!(full, errors.len(), "{errors:?}");
    assert_eq!(ids(&db).await, [1]);

    fs_err::remove_file(&ballast).unwrap();
    db.write(insert(99)).await.unwrap();
    assert_eq!(ids(&db).await, [1, 99]);
    db.close().await.unwrap();
    assert_eq!(ids(&open(&file).await).await, [1, 99]);
    Command::new("umount").arg("--lazy").arg(mounted.path()).status().unwrap();
}

fn large(id: i64) -> impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static {
    move |transaction| {
        transaction.execute("INSERT INTO run VALUES (?, ?, 0)", (id, "x".repeat(100_000 + id as usize)))?;
        Ok(())
    }
}
