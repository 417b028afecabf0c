//! A watch that is minded: whoever asked is told of each change and of each new state.
//!
//! Services and jobs differ in what they do about a change, not in how they come
//! to know of it. To look at the files for the first time may take a while, for
//! which nobody waits.

use std::sync::{Arc, OnceLock};

use tokio::sync::{oneshot, watch};

use super::{Change, Selection, State, Watcher};

/// Some files that are watched for somebody, until this is dropped.
#[derive(Debug)]
pub struct Watching {
    state: Arc<OnceLock<watch::Receiver<State>>>,
    _gone: oneshot::Sender<()>,
}

/// What there is to tell of a [`Watching`].
#[derive(Debug)]
pub enum News {
    /// Files have changed.
    Change(Change),
    /// Its state is another.
    State,
}

impl Watching {
    /// How it is doing; `None` while the files are looked at for the first time.
    pub fn state(&self) -> Option<State> {
        Some(self.state.get()?.borrow().clone())
    }

    /// What is in the way, and what to do about it.
    pub fn trouble(&self) -> Option<String> {
        let state = self.state.get()?.borrow();
        let trouble = state.trouble.as_ref()?;
        Some(match &trouble.hint {
            Some(hint) => format!("{} ({hint})", trouble.message),
            None => trouble.message.clone(),
        })
    }
}

impl Watcher {
    /// Watches files and tells what happens. Changes wait, and add up to one, while `clear` does.
    pub fn mind<F>(
        &self,
        selection: Selection,
        clear: impl Fn() -> F + Send + Sync + 'static,
        tell: impl Fn(News) + Send + 'static,
    ) -> Watching
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (gone, dropped) = oneshot::channel::<()>();
        let state = Arc::new(OnceLock::new());
        let (shown, watcher, mut stop) = (Arc::clone(&state), self.clone(), self.shared.tasks.stop());
        let minding = async move {
            let mut watch = watcher.watch(&selection).await;
            let mut states = watch.state();
            // It is set once.
            shown.set(watch.state()).ok();
            tell(News::State);
            loop {
                let change = async {
                    watch.has_changed().await;
                    clear().await;
                    watch.changed().await
                };
                tokio::select! {
                    change = change => tell(News::Change(change)),
                    Ok(()) = states.changed() => tell(News::State),
                }
            }
        };
        self.shared.tasks.detach(async move {
            tokio::select! {
                () = minding => {}
                _ = dropped => {}
                () = stop.stopped() => {}
            }
        });
        Watching { state, _gone: gone }
    }
}
