//! One line per step on the terminal.

use std::io::{self, Write};
use std::time::Instant;

use super::failure::Failure;

pub(super) struct Report<'a, W> {
    output: &'a mut W,
    started: Instant,
    steps: usize,
}

impl<'a, W: Write> Report<'a, W> {
    pub(super) fn new(output: &'a mut W) -> Self {
        Self {
            output,
            started: Instant::now(),
            steps: 0,
        }
    }

    /// Prints what the step proved, or hands its failure on.
    pub(super) fn step(
        &mut self,
        name: &str,
        outcome: Result<String, Failure>,
    ) -> Result<(), Failure> {
        match outcome {
            Ok(proof) => {
                self.steps += 1;
                self.line(&format!("ok  {name}: {proof}"))
            }
            Err(failure) => Err(Failure::new(format!("FAILED {name}: {failure}"))),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), Failure> {
        let seconds = self.started.elapsed().as_secs_f64();
        self.line(&format!("\n{} steps proved in {seconds:.1} s", self.steps))
    }

    fn line(&mut self, text: &str) -> Result<(), Failure> {
        let written: io::Result<()> =
            writeln!(self.output, "{text}").and_then(|()| self.output.flush());
        written.map_err(|error| Failure::new(format!("cannot write to the terminal: {error}")))
    }
}
