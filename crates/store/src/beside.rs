//! What runs beside the writer, and ends before the folder is left: whoever copies, moves or removes the folder after
//! [`crate::Store::close`] finds nobody at work in it.

use tokio::{sync::oneshot, task::JoinHandle};

/// A task beside the writer.
pub(crate) struct Beside {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Beside {
    /// Starts what ends by itself soon after it is told to, or after this is dropped.
    pub(crate) fn start<F>(work: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(work(stopped)) }
    }

    /// Ends it. After that nothing of it touches the folder, also not what had begun.
    pub(crate) async fn end(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            tracing::warn!("a task beside the writer had failed");
        }
    }
}
