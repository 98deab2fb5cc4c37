//! Proves an exported audit trail line by line, in memory that does not grow with it.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::audit_chain::{AuditEnd, AuditHash, canonical, rolled};

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditDefect {
    /// It is no event: not JSON, or a field is missing.
    Unreadable,
    /// Its own hash is not that of what it says, or it says it in other bytes than an export does.
    Edited,
    /// Lines that come before it are not there.
    Missing,
    /// Lines that come after it, or itself, were there already.
    OutOfOrder,
    /// The hash that it continues is not that of the line before.
    Unlinked,
    /// It is another organization's.
    Foreign,
    /// It has no place in the chain although the chain had begun.
    Unchained,
    /// The export goes on after its end, or has none.
    End,
}

impl AuditDefect {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::OutOfOrder => "out_of_order",
            Self::Unlinked => "unlinked",
            Self::Foreign => "foreign",
            Self::Unchained => "unchained",
            Self::End => "end",
        }
    }
}

/// One defect and where it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditBreak {
    /// Counted from 1.
    pub line: u64,
    pub sequence: Option<i64>,
    pub defect: AuditDefect,
}

/// Takes an export's lines in their order; [`AuditProof::finish`] says what is broken.
#[derive(Debug)]
pub struct AuditProof {
    line: u64,
    events: u64,
    organization: Option<String>,
    newest: AuditEnd,
    is_ended: bool,
    broken: Vec<AuditBreak>,
}

/// What a line says of its place.
struct Placed {
    organization: String,
    sequence: Option<i64>,
    prev_hash: Option<AuditHash>,
    hash: Option<AuditHash>,
}

impl AuditProof {
    pub fn begin() -> Self {
        Self {
            line: 0,
            events: 0,
            organization: None,
            newest: AuditEnd::START,
            is_ended: false,
            broken: Vec::new(),
        }
    }

    pub fn take(&mut self, line: &str) {
        self.line += 1;
        if self.is_ended {
            return self.report(None, AuditDefect::End);
        }
        let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
            return self.report(None, AuditDefect::Unreadable);
        };
        if let Some(end) = fields.get("end") {
            return self.take_end(end);
        }
        self.events += 1;
        let is_verbatim = canonical(&fields) == line;
        match Placed::read(&fields) {
            Some(placed) if !is_verbatim => {
                self.report(placed.sequence, AuditDefect::Edited);
                self.take_event(fields, &placed);
            }
            Some(placed) => self.take_event(fields, &placed),
            None => self.report(None, AuditDefect::Unreadable),
        }
    }

    /// How many events there were, and every defect in the order of the lines; no defects prove the export.
    pub fn finish(mut self) -> (u64, Vec<AuditBreak>) {
        if !self.is_ended {
            self.line += 1;
            self.report(None, AuditDefect::End);
        }
        (self.events, self.broken)
    }

    fn take_event(&mut self, fields: Map<String, Value>, placed: &Placed) {
        let organization = self
            .organization
            .get_or_insert_with(|| placed.organization.clone());
        if *organization != placed.organization {
            self.report(placed.sequence, AuditDefect::Foreign);
        }
        match (placed.sequence, placed.prev_hash, placed.hash) {
            (Some(sequence), Some(prev_hash), Some(hash)) => {
                if AuditHash::of(&fields) != hash {
                    self.report(Some(sequence), AuditDefect::Edited);
                }
                self.take_link(sequence, prev_hash, hash);
            }
            (None, None, None) if self.newest.sequence == 0 => {
                self.newest.hash = rolled(self.newest.hash, fields);
            }
            (None, None, None) => self.report(None, AuditDefect::Unchained),
            _ => self.report(placed.sequence, AuditDefect::Unreadable),
        }
    }

    fn take_link(&mut self, sequence: i64, prev_hash: AuditHash, hash: AuditHash) {
        match sequence.cmp(&(self.newest.sequence + 1)) {
            Ordering::Less => return self.report(Some(sequence), AuditDefect::OutOfOrder),
            Ordering::Greater => self.report(Some(sequence), AuditDefect::Missing),
            Ordering::Equal if prev_hash != self.newest.hash => {
                self.report(Some(sequence), AuditDefect::Unlinked);
            }
            Ordering::Equal => {}
        }
        self.newest = AuditEnd { sequence, hash };
    }

    fn take_end(&mut self, end: &Value) {
        self.is_ended = true;
        let hash: Option<AuditHash> = end["hash"].as_str().and_then(|text| text.parse().ok());
        let (Some(sequence), Some(hash)) = (end["sequence"].as_i64(), hash) else {
            return self.report(None, AuditDefect::Unreadable);
        };
        match sequence.cmp(&self.newest.sequence) {
            Ordering::Greater => self.report(Some(sequence), AuditDefect::Missing),
            Ordering::Less => self.report(Some(sequence), AuditDefect::End),
            Ordering::Equal if hash != self.newest.hash => {
                self.report(Some(sequence), AuditDefect::Unlinked);
            }
            Ordering::Equal => {}
        }
    }

    fn report(&mut self, sequence: Option<i64>, defect: AuditDefect) {
        self.broken.push(AuditBreak {
            line: self.line,
            sequence,
            defect,
        });
    }
}

impl Placed {
    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let hash = |name| match fields.get(name)? {
            Value::Null => Some(None),
            Value::String(text) => text.parse().ok().map(Some),
            _ => None,
        };
        let sequence = match fields.get("sequence")? {
            Value::Null => None,
            sequence => Some(sequence.as_i64().filter(|sequence| *sequence >= 1)?),
        };
        Some(Self {
            organization: fields.get("org_id")?.as_str()?.to_owned(),
            sequence,
            prev_hash: hash("prev_hash")?,
            hash: hash("hash")?,
        })
    }
}

#[cfg(test)]
mod tests;
