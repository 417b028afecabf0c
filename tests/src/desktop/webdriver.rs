//! The person at the window: WebKitWebDriver attached to an app that runs already.
//!
//! The app is attached to and not launched by the driver, so it keeps its own life: it
//! survives the end of the driver, and ends as a person would end it. What one does
//! most has a method here; for the rest there is [`WebDriver::client`].

use std::future::Future;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::spawned::Spawned;
use super::{Session, free_port};
use crate::{PATIENCE, until};

/// Resolves when what was painted last is on the screen; one frame alone may show an older state.
const TWO_FRAMES: &str = "const done = arguments[0];
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))";

/// A driver, and its session with the app.
pub struct WebDriver {
    client: Client,
    runtime: Runtime,
    _driver: Spawned,
}

impl WebDriver {
    /// Attaches to the app whose inspector listens on this port, as soon as it does.
    ///
    /// The app must have been asked to open a window.
    ///
    /// # Panics
    /// If it cannot within [`PATIENCE`].
    #[track_caller]
    pub fn attach(session: &Session, inspector: u16) -> WebDriver {
        until("the app's inspector (is it built with its feature `e2e`?)", || is_listening(inspector));
        let port = free_port();
        let mut command = session.command("WebKitWebDriver");
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        command.arg(format!("--target=127.0.0.1:{inspector}"));
        let mut driver = Spawned::start(command);
        until("WebKitWebDriver", || {
            assert_eq!(driver.poll(), None, "WebKitWebDriver ended");
            is_listening(port)
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be built");
        let url = format!("http://127.0.0.1:{port}");
        let client = runtime.block_on(async { tokio::time::timeout(PATIENCE, connect(&url)).await });
        let client = client.expect("the app has a window that can be driven");
        WebDriver { client, runtime, _driver: driver }
    }

    /// All that WebDriver can do; its futures are for [`WebDriver::run`].
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits for something that the client was asked for.
    ///
    /// # Panics
    /// If it fails, or is not there within [`PATIENCE`].
    #[track_caller]
    pub fn run<T, E: std::fmt::Display>(&self, future: impl Future<Output = Result<T, E>>) -> T {
        let waited = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await });
        match waited {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => panic!("the window: {error}"),
            Err(_) => panic!("the window did not answer"),
        }
    }

    /// Waits for an element, by a CSS selector.
    #[track_caller]
    pub fn wait_for(&self, selector: &str) {
        let wait = async {
            // Before `run` loses its patience, so that the selector is named.
            let wait = self.client.wait().at_most(PATIENCE / 2);
            let found = wait.for_element(Locator::Css(selector)).await;
            found.map_err(|error| format!("{selector}: {error}"))
        };
        self.run(wait);
    }

    /// Clicks an element, as soon as it is there.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.wait_for(selector);
        self.run(async { self.client.find(Locator::Css(selector)).await?.click().await });
    }

    /// What an element says, as soon as it is there.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.wait_for(selector);
        self.run(async { self.client.find(Locator::Css(selector)).await?.text().await })
    }

    /// Runs a script in the page, as the body of a function, and returns what it returns.
    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        self.run(self.client.execute(script, Vec::new()))
    }

    /// How many windows the app has.
    pub fn windows(&self) -> usize {
        self.run(self.client.windows()).len()
    }

    /// Turns to the window that shows this page, as soon as there is one: the path of its address, which is empty
    /// for the main window.
    ///
    /// # Panics
    /// If there is none within [`PATIENCE`].
    #[track_caller]
    pub fn turn_to(&self, page: &str) {
        until(&format!("a window with \"{page}\""), || {
            self.run(async {
                for window in self.client.windows().await? {
                    // One that has just closed is not the one.
                    if self.client.switch_to_window(window).await.is_ok()
                        && let Ok(url) = self.client.current_url().await
                        && url.path().trim_matches('/') == page
                    {
                        return Ok(Some(()));
                    }
                }
                Ok::<_, fantoccini::error::CmdError>(None)
            })
        });
    }

    /// Presses keys where the keyboard's focus is, as WebDriver writes them.
    #[track_caller]
    pub fn press(&self, keys: &str) {
        self.run(async { self.client.active_element().await?.send_keys(keys).await });
    }

    /// As [`WebDriver::press`], where that may close the window before the driver has its answer.
    #[track_caller]
    pub fn press_last(&self, keys: &str) {
        self.run(async {
            self.client.active_element().await?.send_keys(keys).await.ok();
            Ok::<_, fantoccini::error::CmdError>(())
        });
    }

    /// As [`WebDriver::click`], where that may close the window before the driver has its answer.
    #[track_caller]
    pub fn click_last(&self, selector: &str) {
        self.wait_for(selector);
        self.run(async {
            self.client.find(Locator::Css(selector)).await?.click().await.ok();
            Ok::<_, fantoccini::error::CmdError>(())
        });
    }

    /// Clicks an element if it is there now, and its window too.
    pub fn try_click(&self, selector: &str) {
        let click = async {
            if let Ok(element) = self.client.find(Locator::Css(selector)).await {
                element.click().await.ok();
            }
        };
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, click).await.ok() });
    }

    /// Waits for the promise of an expression, and returns what it brings or `{"thrown": ...}`.
    #[track_caller]
    pub fn promised(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0];
             Promise.resolve().then(async () => {expression})
                 .then((it) => done(it ?? null), (error) => done({{ thrown: error?.code ?? String(error) }}))"
        );
        self.run(self.client.execute_async(&script, Vec::new()))
    }

    /// Writes what the window shows to a PNG file.
    #[track_caller]
    pub fn screenshot(&self, to: &Path) {
        self.run(self.client.execute_async(TWO_FRAMES, Vec::new()));
        fs_err::write(to, self.run(self.client.screenshot())).expect("a screenshot can be written");
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        let end = self.client.clone().close();
        self.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(2), end).await.ok() });
    }
}

/// The driver refuses until the app has told it of its first window.
async fn connect(url: &str) -> Client {
    loop {
        match ClientBuilder::new(HttpConnector::new()).connect(url).await {
            Ok(client) => return client,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn is_listening(port: u16) -> Option<()> {
    TcpStream::connect(("127.0.0.1", port)).ok().map(drop)
}
