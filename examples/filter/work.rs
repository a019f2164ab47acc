//! Work in several threads, whose results are taken in the order of the items.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};

/// How many items a thread has at a time, in work, waiting or done. More would only take memory.
const AT_A_TIME: usize = 2;

/// An item, and where its result goes.
type Job<I, T> = (I, SyncSender<T>);

/// Works on items in some threads, and takes each result in the order of the items, in the thread of the
/// caller. The items are made there, too. It ends early if `take` breaks or fails.
///
/// # Errors
///
/// Returns the error of `take`.
pub fn in_order<I: Send, T: Send, E>(
    threads: usize,
    mut items: impl Iterator<Item = I>,
    work: impl Fn(I) -> T + Sync,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let at_a_time = threads * AT_A_TIME;
    let (jobs, waiting) = sync_channel::<Job<I, T>>(at_a_time);
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        // Dropped at the end, which ends the threads.
        let jobs = jobs;
        let mut started = 0;
        while threads > 1 && started < threads {
            let thread = Builder::new().spawn_scoped(scope, || work_on(&waiting, &work));
            if thread.is_err() {
                break;
            }
            started += 1;
        }
        if started == 0 {
            for item in items {
                if take(work(item))?.is_break() {
                    break;
                }
            }
            return Ok(());
        }
        let mut pending = VecDeque::new();
        loop {
            while pending.len() < at_a_time {
                let Some(item) = items.next() else { break };
                let (result, done) = sync_channel(1);
                pending.push_back(done);
                if jobs.send((item, result)).is_err() {
                    break;
                }
            }
            let Some(Ok(done)) = pending.pop_front().map(|next: Receiver<T>| next.recv()) else {
                return Ok(());
            };
            if take(done)?.is_break() {
                return Ok(());
            }
        }
    })
}

/// Works on jobs until there are no more.
fn work_on<I, T>(waiting: &Mutex<Receiver<Job<I, T>>>, work: &impl Fn(I) -> T) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((item, result)) = job else { return };
        // After an error nobody waits for the result.
        let _ = result.send(work(item));
    }
}
