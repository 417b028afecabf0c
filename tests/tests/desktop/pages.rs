//! The pages in the real webview: a service and its log on them, and content that wants to be more than text.

use hob_tests::desktop::WebDriver;
use hob_tests::{Home, process, until};
use serde_json::{Value, json};

use crate::stage::Stage;

const LOG: &str = "[data-log]";
const MARKUP: &str = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";

#[test]
fn a_service_is_stopped_started_and_restarted_on_its_page_and_a_crash_appears() {
    let stage = Stage::hosting();
    let driver = stage.window();
    go(&driver, "services/web");
    let first = stage.pid_of("web");
    driver.click("[data-action='stop']");
    wait_for_text(&driver, ".how strong", "Stopped");
    assert!(!process::is_alive(first));
    driver.click("[data-action='start'][aria-disabled='false']");
    wait_for_text(&driver, ".how strong", "Running");
    let second = stage.pid_of("web");
    assert_ne!(second, first);
    driver.click("[data-action='restart'][aria-disabled='false']");
    stage.home.wait_for_service("web", |web| web.ready && web.pid.is_some_and(|pid| pid != second));
    assert!(!process::is_alive(second));
    // A toast offers to undo a stop; nobody asked for that.
    assert_eq!(stage.home.json(&["ls"])["services"][0]["state"], "running");

    go(&driver, "services/worker/runs");
    wait_for_text(&driver, ".how strong", "Running");
    stage.crash("worker");
    wait_for_text(&driver, ".how strong", "Failed");
    wait_for_text(&driver, ".runs tbody tr:first-child td:last-child", "Killed by SIGKILL");
    go(&driver, "");
    driver.wait_for("[data-need*='worker']");
}

#[test]
fn a_log_is_followed_paused_and_searched() {
    let (stage, said) = talking("");
    let driver = stage.window();
    go(&driver, "services/talker");
    say(&said, 1..=300);
    shows(&driver, "line 0300");
    wait_for_text(&driver, ".follow", "Live");

    // Who reads further up is left there, and told how much has come meanwhile.
    driver.click(LOG);
    driver.press("\u{e00e}\u{e00e}");
    wait_for_text(&driver, ".follow", "Paused");
    let place = "return document.querySelector('[data-log]').scrollTop";
    let before = driver.script(place);
    say(&said, 301..=305);
    wait_for_text(&driver, "[data-pill]", "5 new lines");
    assert_eq!(driver.script(place), before);
    driver.click("[data-pill]");
    shows(&driver, "line 0305");
    wait_for_text(&driver, ".follow", "Live");

    driver.click("[data-search]");
    driver.press("line 004");
    wait_for_text(&driver, ".hits", "10 hits");
    driver.press("\u{e007}");
    wait_for_text(&driver, "mark", "line 004");
    // Only these, and none of them.
    driver.press("2");
    driver.script("document.querySelector('.toolbar input[value=filter]').click()");
    until("one line", || (rows(&driver) == ["line 0042"]).then_some(()));
    driver.click(".toolbar button.word");
    until("all others", || (!rows(&driver).contains(&"line 0042".to_owned())).then_some(()));
    // The address keeps what was asked.
    until("the address", || driver.script("return location.hash").as_str()?.contains("0042").then_some(()));
}

#[test]
fn what_is_hostile_is_text_on_every_page_and_asks_for_nothing() {
    let argument = json!(format!("{MARKUP}\u{202e}gpj.exe\u{200b}"));
    let (stage, said) = talking(&format!("[job.hostile]\ncommand = [\"printf\", \"%s\", {argument}]\n"));
    stage.enrol();
    let driver = stage.window();
    driver.script(
        "window.violations = []; window.asked = performance.getEntriesByType('resource').length;
         document.addEventListener('securitypolicyviolation', (it) => violations.push(it.violatedDirective))",
    );
    let mut text = format!("{MARKUP}\n\u{1b}[2J\u{1b}]8;;https://example.org/\u{7}a\u{1b}]8;;\u{7}\n");
    text += &format!(
        "\u{202e}Approved\u{2066}x\u{2069}\u{200b}\n{{\"msg\":\"{}\"}}\n",
        MARKUP.replace('"', "\\\"")
    );
    text += &format!("{}\nthe last of them\n", "x".repeat(1 << 20));
    append(&said, text.as_bytes());
    let reason = format!("{MARKUP} \u{202e}yes\u{1b}[2J");
    let _asking = stage.asks_for(&["--reason", &reason, "--", "printf", "%s", MARKUP, "\u{202e}x\u{1b}[2J"]);

    for page in [
        "services/talker",
        "services/talker/details",
        "services/talker/config",
        "logs",
        "jobs",
        "approvals",
        "approvals/missed",
        "activity",
        "services",
        "",
    ] {
        go(&driver, page);
        if page == "services/talker" {
            shows(&driver, "the last of them");
        }
        until(page, || {
            let words = driver.script("return document.querySelector('main')?.textContent.length");
            words.as_u64().is_some_and(|count| 20 < count).then_some(())
        });
        let body = driver.script("return document.body.textContent");
        let body = body.as_str().unwrap();
        for hidden in ['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}', '\u{2066}'] {
            assert!(!body.contains(hidden), "{hidden:?} is in {page}");
        }
        let made =
            driver.script("return document.querySelectorAll('#app img, #app script, #app iframe').length");
        assert_eq!(made, 0, "{page}");
        let wide = driver.script("return document.documentElement.scrollWidth <= innerWidth");
        assert_eq!(wide, true, "{page} is wider than the window");
    }
    assert_eq!(driver.script("return window.pwned ?? null"), Value::Null);
    assert_eq!(driver.script("return window.violations"), json!([]));
    let asked = "return performance.getEntriesByType('resource').slice(window.asked).map((it) => it.name)
        .filter((it) => !it.startsWith('ipc:') && !it.startsWith('http://ipc.localhost') && !it.startsWith(location.origin))";
    assert_eq!(driver.script(asked), json!([]));
}

impl Stage {
    /// A driver that looks at the window.
    fn window(&self) -> WebDriver {
        self.item.click("Open Hob");
        let driver = WebDriver::attach(&self.session, self.inspector);
        driver.turn_to("");
        driver.wait_for("nav");
        driver
    }
}

/// A service that says what is appended to a file, and that file.
fn talking(more: &str) -> (Stage, std::path::PathBuf) {
    let home = Home::new();
    let said = home.join("said");
    fs_err::write(&said, "").unwrap();
    home.config(
        &(format!("[service.talker]\ncommand = [\"tail\", \"-n+1\", \"-f\", {}]\n", json!(said)) + more),
    );
    let stage = Stage::of(home);
    stage.item.wait_for("the service", |menu| menu.labels()[0] == "1 running");
    (stage, said)
}

fn say(said: &std::path::Path, numbers: std::ops::RangeInclusive<u32>) {
    append(said, numbers.map(|number| format!("line {number:04}\n")).collect::<String>().as_bytes());
}

fn append(said: &std::path::Path, bytes: &[u8]) {
    use std::io::Write as _;
    fs_err::OpenOptions::new().append(true).open(said).unwrap().write_all(bytes).unwrap();
}

fn go(driver: &WebDriver, page: &str) {
    driver.script(&format!("location.hash = '#/{page}'"));
}

/// The lines that are drawn.
fn rows(driver: &WebDriver) -> Vec<String> {
    let rows = driver
        .script("return [...document.querySelectorAll('[data-log] .row .text')].map((it) => it.textContent)");
    serde_json::from_value(rows).unwrap()
}

#[track_caller]
fn shows(driver: &WebDriver, line: &str) {
    until(line, || rows(driver).iter().any(|row| row == line).then_some(()));
}

#[track_caller]
fn wait_for_text(driver: &WebDriver, selector: &str, words: &str) {
    let script = format!("return document.querySelector({})?.textContent ?? ''", json!(selector));
    until(&format!("{words:?} in {selector}"), || {
        driver.script(&script).as_str().is_some_and(|text| text.contains(words)).then_some(())
    });
}
