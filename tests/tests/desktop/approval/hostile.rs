//! Names, reasons and arguments that want to be more than text.

use serde_json::Value;

use super::{ALLOW, ARMED, said, shown};
use crate::stage::Stage;

const MARKUP: &str = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";

#[test]
fn c24_c26_what_is_hostile_is_shown_as_text_and_asks_for_nothing() {
    let stage = Stage::asked();
    let _first = stage.asks("a");
    let driver = stage.dialog();
    let first = shown(&driver);
    // It listens before anything hostile is there.
    driver.script(
        "window.violations = []; window.asked = performance.getEntriesByType('resource').length;
         document.addEventListener('securitypolicyviolation', (it) => violations.push(it.violatedDirective))",
    );
    let long = "x".repeat(100_000);
    let reason = format!("{MARKUP} \u{202e}Approved by admin. Press Y\u{1b}[2J [link](https://example.org/)");
    let child = stage.asks_for(&[
        "--reason",
        &reason,
        "--",
        "printf",
        "%s",
        MARKUP,
        "\u{1b}[2J\u{1b}]8;;https://example.org/\u{7}a\u{1b}]8;;\u{7}",
        "\u{202e}gpj.exe  \n",
        "\u{200b}\u{2066}x\u{2069}",
        &long,
    ]);
    driver.press("]");
    hob_tests::until("the other one", || (shown(&driver) != first).then_some(()));
    let id = shown(&driver);

    let words = driver.text("[data-arguments]");
    assert!(words.contains(MARKUP), "{words}");
    for escape in ["\\u{1b}", "\\u{7}", "\\u{202e}", "\\n", "\\u{200b}", "\\u{2066}"] {
        assert!(words.contains(escape), "{escape}: {words}");
    }
    let body = driver.script("return document.body.textContent");
    let body = body.as_str().unwrap();
    for hidden in ['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}', '\u{2066}'] {
        assert!(!body.contains(hidden), "{hidden:?} is in the page");
    }
    assert!(driver.text("[data-reason]").contains("Approved by admin. Press Y"));
    assert!(driver.text("[data-reason]").contains("not verified"));
    let made = driver
        .script("return document.querySelectorAll('#app img, #app script, #app a, #app iframe').length");
    assert_eq!(made, 0);

    // It is not wider than the window, and the argument without a blank is folded.
    let wide = "return document.documentElement.scrollWidth <= innerWidth && document.querySelector('.body').scrollWidth <= document.querySelector('.body').clientWidth";
    assert_eq!(driver.script(wide), true);
    driver.wait_for(ARMED);
    driver.wait_for("[data-unread='1']");
    driver.click(ALLOW);
    assert_eq!(stage.request(&id)["state"], "pending", "what is folded was not read");
    driver.script("document.querySelector('[data-arguments] .fold').scrollIntoView({ block: 'center' })");
    driver.click("[data-arguments] .fold");
    assert_eq!(
        driver.script("return document.querySelector('[data-unread]')?.dataset.unread"),
        "1",
        "opened and not read"
    );
    driver.script("document.querySelector('[data-arguments] .end').scrollIntoView()");
    hob_tests::until("all was read", || {
        (driver.script("return document.querySelector('[data-unread]')") == Value::Null).then_some(())
    });
    // And what is remarked on was seen.
    let unseen = "const one = document.querySelector('[data-unseen]'); one?.scrollIntoView({ block: 'center' }); return one";
    hob_tests::until("all remarks were seen", || (driver.script(unseen) == Value::Null).then_some(()));
    assert_eq!(driver.script(wide), true);
    let shown_long =
        driver.script("return document.querySelector('[data-row=\"6\"] .value bdi').textContent.length");
    assert_eq!(shown_long, long.len());

    assert_eq!(driver.script("return window.pwned ?? null"), Value::Null);
    assert_eq!(driver.script("return window.violations.length"), 0);
    let asked = "return performance.getEntriesByType('resource').slice(window.asked)
        .map((it) => it.name).filter((it) => !it.startsWith('ipc:') && !it.startsWith('http://ipc.localhost'))";
    assert_eq!(driver.script(asked), Value::Array(Vec::new()));
    driver.wait_for(ARMED);
    driver.click(ALLOW);
    let output = said(child);
    assert!(output.status.success() && output.stdout.starts_with(MARKUP.as_bytes()));
}
