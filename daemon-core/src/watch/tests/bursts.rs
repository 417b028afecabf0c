//! Many changes at once, and changes that nobody told of.

use super::*;

#[tokio::test]
async fn a_checkout_of_five_thousand_files_is_one_change() {
    let place = Place::new();
    let name = |number: usize| format!("src/{}/{}/file{number}.rs", number % 7, number % 50);
    (0..5000).for_each(|number| place.write(&name(number), "first"));
    let debounce = Some(Span::secs(2));
    let mut watch = place.watch(Files { debounce, ..globs(&["src/**/*.rs"]) }).await;
    // As git does: removed, then made anew; and a thousand that were not there, in new directories.
    let writing = tokio::task::spawn_blocking(move || {
        for number in 0..6000 {
            if number < 5000 {
                place.remove(&name(number));
            }
            let name =
                if number < 5000 { name(number) } else { format!("src/new{}/{number}.rs", number % 40) };
            place.write(&name, "second");
        }
        place
    });
    let place = writing.await.unwrap();
    let change = soon(watch.changed()).await;
    assert_eq!((change.files.len(), change.more, change.all), (6000, 0, false));
    assert_eq!(change.files.iter().filter(|it| it.how == How::Created).count(), 1000);
    place.only_changes_by("src/0/0/file0.rs", &mut watch).await;
}

#[tokio::test]
async fn after_events_were_lost_the_files_are_compared() {
    let place = Place::with(&["src/a", "src/b", "src/deep/c", "src/same"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    let instance = place.watcher.shared.instance().unwrap();
    // Blocking, so that nothing is read from the system before the loss is told.
    place.write("src/a", "second");
    place.remove("src/b");
    place.write("src/new/d", "");
    instance.deafen();
    instance.overflow();
    assert_eq!(place.changed(&mut watch).await, ["src/a", "-src/b", "+src/new/d"]);
}

#[tokio::test]
async fn a_stream_without_a_pause_is_told_all_the_same() {
    let place = Place::with(&["src/a"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    let mut count = 0;
    let change = soon(async {
        loop {
            count += 1;
            place.write("src/a", &count.to_string());
            tokio::select! {
                change = watch.changed() => return change,
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
    })
    .await;
    assert_eq!(change.files.len(), 1);
}

#[tokio::test]
async fn what_is_not_meant_prolongs_no_burst() {
    let place = Place::with(&["src/a.rs", "src/noise.log"]);
    let mut watch = place.watch(globs(&["src/*.rs"])).await;
    place.write("src/a.rs", "second");
    let noise = async {
        loop {
            place.write("src/noise.log", "more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let told = tokio::select! {
        told = place.changed(&mut watch) => told,
        () = noise => unreachable!("noise never ends"),
    };
    assert_eq!(told, ["src/a.rs"]);
}

#[tokio::test]
async fn what_nobody_took_adds_up() {
    let place = Place::with(&["src/a", "src/b"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    let mut other = place.watch(globs(&["src/**"])).await;
    place.write("src/a", "second");
    place.changed(&mut other).await;
    place.remove("src/a");
    place.write("src/b", "second");
    place.changed(&mut other).await;
    // By now the second is told, or will be in the same breath.
    let mut told = place.changed(&mut watch).await;
    if told == ["src/a"] {
        told = place.changed(&mut watch).await;
    }
    assert_eq!(told, ["-src/a", "src/b"]);
}

#[tokio::test]
async fn polling_finds_the_same() {
    let place = Place::with(&["src/a", "src/b", "src/c"]);
    let mut watch = place.watch(Files { poll: Some(Span::millis(100)), ..globs(&["src/**"]) }).await;
    assert!(place.tasks.status().is_empty(), "an inotify instance was made for polling");
    place.write("src/a", "second");
    place.remove("src/b");
    place.write("src/new/d", "");
    let mut told = place.changed(&mut watch).await;
    while told.len() < 3 {
        told.extend(place.changed(&mut watch).await);
    }
    told.sort();
    assert_eq!(told, ["+src/new/d", "-src/b", "src/a"]);
    assert!(watch.state().borrow().to_string().starts_with("looking at 2 directories every 100ms"));
}
