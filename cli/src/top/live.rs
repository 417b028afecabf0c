//! `hob top` on a terminal: draws, and does what keys say.
//!
//! Services come from the board, figures from `service.stats`, each on a
//! connection that carries nothing slow; what keys ask for (a stop may take its
//! time) is called beside them, and its outcome is told in the last line.

use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use daemon_core::wire::{Client, Items};
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, FuturesUnordered};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::keys::{self, Key};
use super::terminal::Screen;
use super::view::{self, Around, Row, Sort};
use super::{Usages, Wish, usages};
use crate::failure::Failure;
use crate::logs;
use crate::output;
use crate::output::logs::Layout;
use crate::output::service::Service;
use crate::output::style::{Paint, Style};
use crate::session::Session;
use crate::watch::{self, Services};

/// 128 and the number of the signal, as a shell says it.
const TERMINATED: u8 = 143;

/// How far page up and page down go.
const PAGE: usize = 10;

type Outcome = (String, Result<Vec<u8>, Fault>);

/// The state of the screen.
struct Top<'a> {
    session: &'a Session,
    client: Client,
    wish: Wish,
    services: Services,
    usages: Usages,
    sort: Sort,
    selected: Option<String>,
    message: String,
    mode: Mode,
    calls: FuturesUnordered<std::pin::Pin<Box<dyn Future<Output = Outcome>>>>,
}

/// What is on the screen.
enum Mode {
    Table,
    Help,
    Log { items: BoxStream<'static, Result<Vec<u8>, Fault>>, layout: Layout },
}

/// What is to be done after a key.
enum Next {
    Go,
    /// Figures with other columns are wanted.
    Reopen,
    Quit,
}

/// Shows the table until it is quit.
pub(super) async fn run(session: &Session, client: Client, wish: Wish) -> Result<u8, Failure> {
    let broken = |error| Fault::internal(format!("signals: {error}"));
    let mut resized = signal(SignalKind::window_change()).map_err(broken)?;
    let mut ends = Ends {
        terminate: signal(SignalKind::terminate()).map_err(broken)?,
        hangup: signal(SignalKind::hangup()).map_err(broken)?,
    };
    let mut board = watch::open(&client).await?;
    let mut stats = wish.open(&client).await?;
    let mut top = Top {
        session,
        client,
        wish,
        services: Services::default(),
        usages: Usages::new(),
        sort: Sort::Cpu,
        selected: None,
        message: String::new(),
        mode: Mode::Table,
        calls: FuturesUnordered::new(),
    };
    let screen = Screen::take()?;
    let mut keys = keys::pressed();
    loop {
        tokio::select! {
            item = board.next() => { top.services.take(&gone(item)?)?; }
            item = stats.next() => top.usages = usages(&gone(item)?)?,
            Some(outcome) = top.calls.next(), if !top.calls.is_empty() => top.done(outcome),
            item = logged(&mut top.mode) => {
                top.log(item)?;
                continue;
            }
            key = keys.recv() => match top.press(key.unwrap_or(Key::Interrupt)).await? {
                Next::Go => {}
                Next::Reopen => stats = top.wish.open(&top.client).await?,
                Next::Quit => return Ok(0),
            },
            _ = resized.recv() => {}
            () = ends.come() => {
                drop(screen);
                return Err(Failure::Said(TERMINATED));
            }
        }
        top.draw(&screen)?;
    }
}

struct Ends {
    terminate: Signal,
    hangup: Signal,
}

impl Ends {
    async fn come(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// The next line of the log that is followed, if one is.
async fn logged(mode: &mut Mode) -> Option<Result<Vec<u8>, Fault>> {
    match mode {
        Mode::Log { items, .. } => items.next().await,
        _ => std::future::pending().await,
    }
}

fn gone(item: Option<Result<Vec<u8>, Fault>>) -> Result<Vec<u8>, Fault> {
    let ended = || Fault::new(daemon_core::kernel::Code::Unavailable, "the daemon has stopped");
    item.unwrap_or_else(|| Err(ended()))
}

impl Top<'_> {
    fn rows(&self) -> Vec<Row> {
        let named = self.services.names().filter(|name| self.wish.includes(name));
        let services: Vec<Service> = named.filter_map(|name| self.services.get(name).cloned()).collect();
        view::rows(&services, &self.usages, self.sort)
    }

    /// The place of the selected service; the first if it is gone.
    fn place(&self, rows: &[Row]) -> usize {
        let is_it = |row: &Row| Some(&row.service.name) == self.selected.as_ref();
        rows.iter().position(is_it).unwrap_or_default()
    }

    fn draw(&self, screen: &Screen) -> Result<(), Failure> {
        // The window may have another size by now.
        let style = Style { colour: self.session.style.colour, ..Style::detect() };
        match &self.mode {
            Mode::Log { .. } => Ok(()),
            Mode::Help => screen.show(&view::help(&style)),
            Mode::Table => {
                let rows = self.rows();
                let around = Around { sort: self.sort, ports: self.wish.ports, message: &self.message };
                let lines = view::screen(&rows, self.place(&rows), &around, &style, self.session.now());
                screen.show(&lines)
            }
        }
    }

    async fn press(&mut self, key: Key) -> Result<Next, Failure> {
        if key == Key::Interrupt {
            return Ok(Next::Quit);
        }
        if !matches!(self.mode, Mode::Table) {
            let leaves = matches!(key, Key::Escape | Key::Character('q' | '?'));
            if leaves || matches!(self.mode, Mode::Help) {
                self.mode = Mode::Table;
            }
            return Ok(Next::Go);
        }
        self.message.clear();
        let rows = self.rows();
        let place = self.place(&rows);
        let to = match key {
            Key::Up | Key::Character('k') => place.saturating_sub(1),
            Key::Down | Key::Character('j') => place + 1,
            Key::PageUp => place.saturating_sub(PAGE),
            Key::PageDown => place + PAGE,
            Key::Home => 0,
            Key::End => usize::MAX,
            _ => place,
        };
        let Some(row) = rows.get(to.min(rows.len().saturating_sub(1))) else {
            return Ok(if key == Key::Character('q') { Next::Quit } else { Next::Go });
        };
        if to != place || self.selected.is_none() {
            self.selected = Some(row.service.name.clone());
        }
        match key {
            Key::Character('q') => return Ok(Next::Quit),
            Key::Character('c') => self.sort = Sort::Cpu,
            Key::Character('m') => self.sort = Sort::Memory,
            Key::Character('n') => self.sort = Sort::Name,
            Key::Character('?') => self.mode = Mode::Help,
            Key::Character('p') => {
                self.wish.ports = !self.wish.ports;
                return Ok(Next::Reopen);
            }
            Key::Character('s') => self.ask(if row.service.is_down() { "start" } else { "stop" }, row),
            Key::Character('r') => self.ask("restart", row),
            Key::Character('l') | Key::Enter => self.follow(&row.service.name).await?,
            _ => {}
        }
        Ok(Next::Go)
    }

    /// Asks the daemon for something, and goes on meanwhile.
    fn ask(&mut self, verb: &'static str, row: &Row) {
        let (client, name) = (self.client.clone(), row.service.name.clone());
        self.message = format!("{verb} {} ...", visible(&name));
        self.calls.push(Box::pin(async move {
            let body = json!({ "name": name }).to_string();
            let outcome = client.call_raw(&format!("service.{verb}"), body.as_bytes()).await;
            (format!("{verb} {}", visible(&name)), outcome)
        }));
    }

    fn done(&mut self, (what, outcome): Outcome) {
        self.message = match outcome {
            Ok(_) => format!("{what}: done"),
            Err(fault) => format!("{what}: {}", visible(&fault.to_string())),
        };
    }

    async fn follow(&mut self, name: &str) -> Result<(), Failure> {
        // A connection of its own: a log may be faster than this terminal.
        let client = self.session.connect_running().await?;
        let height = Style::detect().height.unwrap_or(24);
        let request = json!({ "names": [name], "lines": height.saturating_sub(2) }).to_string();
        let items: Items = client.open_raw("service.follow", request.as_bytes()).await?;
        let layout = logs::layout(self.session, false, &[name.to_owned()]);
        let head = format!("the log of {}; q or Escape returns", visible(name));
        // Lines scroll and wrap here as they do in any terminal.
        output::print(format!(
            "\u{1b}[?7h\u{1b}[H\u{1b}[J{}\n",
            self.session.style.paint(Paint::Dim, &head)
        ))?;
        self.mode = Mode::Log { items: items.boxed(), layout };
        Ok(())
    }

    fn log(&mut self, item: Option<Result<Vec<u8>, Fault>>) -> Result<(), Failure> {
        let Mode::Log { layout, .. } = &mut self.mode else { return Ok(()) };
        match item {
            Some(Ok(item)) => output::print(logs::followed(layout, &item)?),
            Some(Err(fault)) => {
                self.message = visible(&fault.to_string());
                self.mode = Mode::Table;
                Ok(())
            }
            None => {
                self.mode = Mode::Table;
                Ok(())
            }
        }
    }
}
