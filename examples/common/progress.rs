//! A sign of life on a terminal when something takes longer than two seconds.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Says every second how long `what` has been going on, until it is dropped.
#[derive(Debug)]
pub struct Progress {
    done: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Progress {
    pub fn start(what: &'static str) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        if !io::stderr().is_terminal() {
            return Self { done, thread: None };
        }
        let (flag, begin) = (Arc::clone(&done), Instant::now());
        let thread = thread::spawn(move || {
            let mut told = 1;
            while !flag.load(Ordering::Relaxed) {
                thread::park_timeout(Duration::from_millis(200));
                let seconds = begin.elapsed().as_secs();
                if seconds > told {
                    told = seconds;
                    let _ = write!(io::stderr(), "\r{what}: {seconds} s ");
                }
            }
            if told > 1 {
                let _ = writeln!(io::stderr());
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
