//! The tray's icon: which of five silhouettes, and in which colour.
//!
//! Each state has another shape, so that it is told without colour and at 16
//! pixels. A panel may be dark or light and does not say which; the desktops'
//! panels that we know are dark unless the person asked for a light scheme.

use daemon_core::services::Word;
use tray_icon::Icon;

use crate::board::{Board, Link};

/// Pixels in a row of what build.rs drew.
const SIZE: u32 = 44;

/// A silhouette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silhouette {
    /// All is well.
    Idle,
    /// A person must do something before things go on.
    Attention,
    /// Something failed and does not recover by itself.
    Error,
    /// Restarts are held.
    Paused,
    /// There is no daemon.
    Offline,
}

/// What is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panel {
    /// Draw in a light colour.
    Dark,
    /// Draw in a dark colour.
    Light,
}

/// The silhouette for a board: the worst that is true of it.
pub(crate) fn silhouette(board: &Board) -> Silhouette {
    let failed = board.services.values().any(|it| it.state == Word::Failed || it.is_unhealthy());
    match &board.link {
        Link::Down(_) => Silhouette::Offline,
        _ if board.problem.is_some() || !board.requests.is_empty() => Silhouette::Attention,
        _ if failed => Silhouette::Error,
        _ if board.pause.is_some() => Silhouette::Paused,
        _ => Silhouette::Idle,
    }
}

/// The picture of a silhouette.
pub(crate) fn picture(silhouette: Silhouette, panel: Panel) -> Icon {
    let coverage: &[u8] = match silhouette {
        Silhouette::Idle => include_bytes!(concat!(env!("OUT_DIR"), "/idle.alpha")),
        Silhouette::Attention => include_bytes!(concat!(env!("OUT_DIR"), "/attention.alpha")),
        Silhouette::Error => include_bytes!(concat!(env!("OUT_DIR"), "/error.alpha")),
        Silhouette::Paused => include_bytes!(concat!(env!("OUT_DIR"), "/paused.alpha")),
        Silhouette::Offline => include_bytes!(concat!(env!("OUT_DIR"), "/offline.alpha")),
    };
    let [red, green, blue] = match panel {
        Panel::Dark => [0xf2, 0xf3, 0xf5],
        Panel::Light => [0x2e, 0x34, 0x36],
    };
    let pixels = coverage.iter().flat_map(|alpha| [red, green, blue, *alpha]).collect();
    Icon::from_rgba(pixels, SIZE, SIZE).expect("build.rs drew so many pixels")
}

#[cfg(test)]
mod tests {
    use daemon_core::kernel::{Code, Fault};

    use super::*;
    use crate::board::Pause;
    use crate::board::tests::with;

    #[test]
    fn what_is_unhealthy_and_left_so_needs_somebody_as_what_has_failed() {
        let mut board = with(&[("web", "running", "up", None)]);
        board.services.values_mut().for_each(|status| status.healthy = Some(false));
        assert_eq!(silhouette(&board), Silhouette::Error);
    }

    #[test]
    fn the_worst_that_is_true_is_shown() {
        let mut board = with(&[("web", "running", "up", None)]);
        assert_eq!(silhouette(&board), Silhouette::Idle);
        board.pause = Some(Pause { until: None });
        assert_eq!(silhouette(&board), Silhouette::Paused);
        let mut board = Board { pause: board.pause, ..with(&[("web", "failed", "up", None)]) };
        assert_eq!(silhouette(&board), Silhouette::Error);
        board.requests.insert("r1".into());
        assert_eq!(silhouette(&board), Silhouette::Attention);
        board.requests.clear();
        board.problem = Some("config.toml:1".into());
        assert_eq!(silhouette(&board), Silhouette::Attention);
        board.link = Link::Down(Fault::new(Code::Unavailable, "gone"));
        assert_eq!(silhouette(&board), Silhouette::Offline);
        assert_eq!(silhouette(&with(&[("web", "backoff", "up", None)])), Silhouette::Idle);
        assert_eq!(silhouette(&with(&[("web", "failed", "up", None)])), Silhouette::Error);
    }
}
