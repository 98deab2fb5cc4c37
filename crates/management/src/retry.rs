//! The few repetitions inside one call; longer patience belongs to the caller, who can persist it.

use std::time::Duration;

const REPETITIONS: u32 = 2;

pub(crate) struct Tries {
    left: u32,
    delay: Duration,
}

impl Tries {
    pub(crate) fn new(first_delay: Duration) -> Self {
        Self {
            left: REPETITIONS,
            delay: first_delay,
        }
    }

    /// Waits before the next try; false when there is none.
    pub(crate) async fn again(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let jitter = rand::random_range(0.5..1.5);
        tokio::time::sleep(self.delay.mul_f64(jitter)).await;
        self.delay *= 2;
        true
    }
}
