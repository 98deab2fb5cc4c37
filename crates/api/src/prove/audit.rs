//! Proves an exported audit trail: every event is as it was written, none is missing, none has moved.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde_json::json;
use store::{AuditBreak, AuditProof};

use super::ProofFailure;

pub(super) fn run(file: &Path, out: &mut impl Write) -> Result<(), ProofFailure> {
    prove(BufReader::new(File::open(file)?), out)
}

fn prove(mut export: impl BufRead, out: &mut impl Write) -> Result<(), ProofFailure> {
    let mut proof = AuditProof::begin();
    let mut line = Vec::new();
    while export.read_until(b'\n', &mut line)? > 0 {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        // What is not UTF-8 is not what was written, and shows as such.
        proof.take(&String::from_utf8_lossy(text));
        line.clear();
    }
    let (events, broken) = proof.finish();
    let shown: Vec<_> = broken.iter().map(shown).collect();
    let result = json!({ "name": "audit", "events": events, "broken": shown });
    writeln!(out, "{result}")?;
    match broken.len() {
        0 => Ok(()),
        defects => Err(ProofFailure::Disproved(format!(
            "the audit trail is broken in {defects} places"
        ))),
    }
}

fn shown(found: &AuditBreak) -> serde_json::Value {
    json!({ "line": found.line, "sequence": found.sequence, "defect": found.defect.as_str() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proved(export: &[u8]) -> (bool, String) {
        let mut out = Vec::new();
        let result = prove(export, &mut out);
        (result.is_ok(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn one_line_says_what_is_broken() {
        let zeros = "0".repeat(64);
        let empty = format!("{{\"end\":{{\"hash\":\"{zeros}\",\"sequence\":0}}}}\n");
        let whole = "{\"broken\":[],\"events\":0,\"name\":\"audit\"}\n";
        assert_eq!(proved(empty.as_bytes()), (true, whole.to_owned()));
        let (holds, line) = proved(b"\xff\n");
        assert!(
            !holds && line.contains("\"defect\":\"unreadable\""),
            "{line}"
        );
        assert!(!proved(b"").0);
    }
}
