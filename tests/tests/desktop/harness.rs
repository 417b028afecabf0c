//! That the desktop of these tests is one: it sees, clicks and drives what is really there.

use hob_tests::desktop::zbus::names::BusName;
use hob_tests::desktop::{
    Notifications, Parts, Session, Toggle, TrayHost, WebDriver, as_nobody, block_on, free_port, zbus,
};
use hob_tests::{process, until};

use crate::fake::{Fake, QUIT, STATUS, WEB};

const ELSEWHERE: &str = "/org/example/Item";

#[test]
fn a_panel_sees_an_item_and_its_menu_and_clicks_it() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let fake = Fake::on(&session, "/StatusNotifierItem");
    fake.register(&fake.name());
    let item = host.item();
    assert_eq!((item.id(), item.title(), item.status()), ("fake".into(), "Fake".into(), "Active".into()));
    assert_eq!(item.tool_tip(), ("Fake".into(), "all is well".into()));
    assert_eq!(item.icon().pixmaps, [(1, 1, vec![1; 4])]);
    assert_eq!(item.pid(), i32::try_from(std::process::id()).unwrap());

    let menu = item.menu();
    assert_eq!(menu.labels(), ["idle", "-", "Services", "Quit"]);
    assert!(!menu.find("idle").unwrap().enabled && menu.find("idle").unwrap().id == STATUS);
    assert_eq!(menu.below("Services")[0].toggle, Some(Toggle::Check(true)));
    item.click("web");
    assert_eq!(fake.clicked(), WEB);
    item.activate();
    assert_eq!(fake.clicked(), 0);
}

#[test]
fn a_panel_sees_an_item_elsewhere_and_as_nobody() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let fake = Fake::on(&session, ELSEWHERE);
    fake.register(ELSEWHERE);
    assert_eq!(host.item().id(), "fake");
    as_nobody("harness::a_panel_sees_an_item_elsewhere_and_as_nobody");
}

#[test]
fn a_change_is_waited_for_by_its_signal() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let fake = Fake::on(&session, ELSEWHERE);
    fake.register(ELSEWHERE);
    let item = host.item();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| item.wait_for("another label", |menu| menu.find("busy").is_some()));
        let looking = scope.spawn(|| item.wait_for_icon("another icon", |icon| icon.pixmaps[0].2[0] == 9));
        fake.show("nearly", true, 8);
        fake.show("busy", false, 9);
        let menu = waiting.join().unwrap();
        assert_eq!((menu.revision, menu.find("web").unwrap().is_on()), (3, false));
        looking.join().unwrap();
    });
}

#[test]
fn a_quit_that_is_not_answered_is_a_click_and_the_item_has_left() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let fake = Fake::on(&session, ELSEWHERE);
    fake.register(ELSEWHERE);
    host.item().click("Quit");
    assert_eq!(fake.clicked(), QUIT);
    host.wait_for_items(0);
}

#[test]
fn a_panel_comes_goes_and_comes_again() {
    let session = Session::start();
    assert!(session.names("org.kde.").is_empty());
    let host = TrayHost::on(&session);
    assert_eq!(session.names("org.kde."), ["org.kde.StatusNotifierWatcher"]);
    host.leave();
    assert!(session.names("org.kde.").is_empty());
    let host = TrayHost::on(&session);
    let fake = Fake::on(&session, ELSEWHERE);
    fake.register(ELSEWHERE);
    host.wait_for_items(1);
    fake.leave();
    host.wait_for_items(0);
}

#[test]
fn a_notification_is_seen_and_its_button_clicked() {
    let session = Session::start();
    let server = Notifications::on(&session);
    let app = session.connect();
    let hints = std::collections::HashMap::from([("urgency", zbus::zvariant::Value::from(2_u8))]);
    let body = ("Hob", 0_u32, "", "worker failed", "exit 1", vec!["log", "Show log"], hints, -1_i32);
    let name = "org.freedesktop.Notifications";
    let rule = format!("type='signal',interface='{name}',member='ActionInvoked'");
    let (id, mut clicks) = block_on(async {
        let clicks = zbus::MessageStream::for_match_rule(rule.as_str(), &app, None).await.unwrap();
        let path = "/org/freedesktop/Notifications";
        let reply = app.call_method(Some(name), path, Some(name), "Notify", &body).await.unwrap();
        (reply.body().deserialize::<u32>().unwrap(), clicks)
    });
    let shown = server.wait_for("a notification", |shown| shown.summary == "worker failed");
    assert_eq!((shown.id, shown.app.as_str(), &shown.actions[1]), (id, "Hob", &"Show log".to_owned()));
    assert_eq!(u8::try_from(shown.hints["urgency"].try_clone().unwrap()).unwrap(), 2);
    server.click(id, "log");
    let clicked = block_on(futures_util::StreamExt::next(&mut clicks)).unwrap().unwrap();
    assert_eq!(clicked.body().deserialize::<(u32, String)>().unwrap(), (id, "log".to_owned()));
    assert!(server.all()[0].closed);
}

#[test]
fn nothing_of_a_session_is_left_not_even_what_left_its_parent() {
    let session = Session::with(Parts { window_manager: true, ..Parts::default() });
    let mut shell = session.command("setsid");
    let said = shell.args(["-f", "sh", "-c", "echo $$; exec sleep 1000 >/dev/null 2>&1"]).output().unwrap();
    let sleeper = String::from_utf8(said.stdout).unwrap().trim().parse::<i32>().unwrap();
    assert!(process::is_alive(sleeper));
    let dir = session.join("");
    drop(session);
    until("the sleeper's end", || (!process::is_alive(sleeper)).then_some(()));
    assert!(!dir.exists());
}

#[test]
fn display_and_bus_can_be_missing_and_can_die() {
    let bare = Session::with(Parts { display: false, bus: false, window_manager: false });
    let sees = sees_a_display;
    assert!(!sees(&bare));
    let mut session = Session::start();
    assert!(sees(&session));
    session.kill_display();
    assert!(!sees(&session));
    session.restore_display();
    assert!(sees(&session));

    let connection = session.connect();
    session.kill_bus();
    let bus = BusName::try_from("org.freedesktop.DBus").unwrap();
    let asked = connection.call_method(Some(bus), "/", Some("org.freedesktop.DBus"), "GetId", &());
    assert!(block_on(asked).is_err());
}

/// Whether a program in the session can open its display.
fn sees_a_display(session: &Session) -> bool {
    let mut echo = session.command("sh");
    let display = echo.args(["-c", "echo $DISPLAY"]).output().unwrap().stdout;
    let display = String::from_utf8(display).unwrap();
    let number = display.trim().trim_start_matches(':');
    let socket = format!("/tmp/.X11-unix/X{number}");
    !number.is_empty() && std::os::unix::net::UnixStream::connect(socket).is_ok()
}

/// WebKit's own small browser stands for the app, where it is installed.
#[test]
fn a_window_is_attached_to_clicked_and_photographed() {
    const BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
    if !std::path::Path::new(BROWSER).exists() {
        eprintln!("skipped: {BROWSER} is not installed");
        return;
    }
    let session = Session::start();
    let page = session.join("page.html");
    let html = "<title>t</title><button onclick=\"this.textContent='after'\">before</button>";
    fs_err::write(&page, html).unwrap();
    let port = free_port();
    let mut command = session.command(BROWSER);
    command.arg("--automation").env("WEBKIT_INSPECTOR_SERVER", format!("127.0.0.1:{port}"));
    let mut browser = command.arg(&page).spawn().unwrap();
    session.wait_for_windows(i32::try_from(browser.id()).unwrap(), 1);

    let driver = WebDriver::attach(&session, port);
    driver.run(driver.client().goto(&format!("file://{}", page.display())));
    assert_eq!(driver.text("button"), "before");
    driver.click("button");
    assert_eq!(driver.text("button"), "after");
    assert_eq!(driver.script("return document.title"), "t");
    assert!(1 <= driver.windows());
    let picture = session.join("page.png");
    driver.screenshot(&picture);
    assert!(fs_err::read(picture).unwrap().starts_with(b"\x89PNG"));
    drop(driver);
    assert!(browser.try_wait().unwrap().is_none(), "the browser outlives its driver");
    browser.kill().unwrap();
    browser.wait().unwrap();
}
