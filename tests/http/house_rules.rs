//! Rules of this repository that no lint knows. A list of exceptions may only shrink.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const FOLDERS: [&str; 5] = ["crates", "tests", "migrations", "actions", "console"];
const MAX_LINES: usize = 400;

/// A loop that looks again has its deadline, or its number of tries, at most this many lines above.
const POLL_LINES: usize = 14;

/// Every source file with its path from the root and its text.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&Path::new(ROOT).join(folder), &mut files);
    }
    assert!(files.len() > 200, "only {} files", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_vendored = path.ends_with("node_modules") || path.ends_with("target");
        if path.is_dir() && !is_vendored {
            collect(&path, files);
        } else if is_source(&path) {
            let name = path.strip_prefix(ROOT).expect("it is below the root");
            let text = std::fs::read_to_string(&path).expect("text");
            files.push((name.display().to_string(), text));
        }
    }
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.is_file() && extension.is_some_and(|found| ["rs", "js", "sql", "css"].contains(&found))
}

#[test]
fn no_source_file_is_longer_than_it_may_be() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(name, text)| {
            let own = text.split("#[cfg(test)]").next().unwrap_or_default();
            (name, own.lines().count())
        })
        .filter(|(_, lines)| *lines > MAX_LINES)
        .collect();
    assert!(
        long.is_empty(),
        "split these at {MAX_LINES} lines: {long:?}"
    );
}

#[test]
fn no_test_waits_for_a_fixed_time() {
    let call = concat!("sleep", "(");
    for (name, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        let is_test = name.starts_with("tests/") || name.contains("/tests/");
        let unit_tests = lines.iter().position(|line| line.contains("#[cfg(test)]"));
        let first = if is_test { Some(0) } else { unit_tests };
        for at in first.unwrap_or(lines.len())..lines.len() {
            if lines[at].contains(call) && lines[at].contains("Duration::from") {
                let above = lines[at.saturating_sub(POLL_LINES)..at].join(" ");
                let is_poll = above.contains("deadline") || above.contains("for _ in 0..");
                assert!(is_poll, "{name}:{}: wait for a condition", at + 1);
            }
        }
    }
}

#[test]
fn nothing_is_left_to_do_later() {
    let words = [
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("db", "g!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X "),
    ];
    for (name, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let left = words.iter().any(|word| line.contains(word));
            assert!(!left, "{name}:{}: {line}", number + 1);
        }
    }
}

#[test]
fn every_migration_has_a_number_of_its_own_and_is_applied() {
    let applied = std::fs::read_to_string(Path::new(ROOT).join("crates/store/src/migrate.rs"));
    let applied = applied.expect("crates/store/src/migrate.rs");
    let mut numbers = BTreeSet::new();
    for (name, _) in sources() {
        let Some(file) = name.strip_prefix("migrations/") else {
            continue;
        };
        let include = format!("include_str!(\"../../../migrations/{file}\")");
        assert!(applied.contains(&include), "{file} is not in migrate.rs");
        let (number, what) = file.split_once('_').expect("NNNN_what.sql");
        assert!(number.len() == 4 && number.parse::<u16>().is_ok(), "{file}");
        assert!(!what.contains(char::is_uppercase), "{file}");
        assert!(numbers.insert(number.to_owned()), "{file}");
    }
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    let drawers = [
        "mod.rs",
        "utils.rs",
        "util.rs",
        "helpers.rs",
        "helper.rs",
        "common.rs",
        "types.rs",
        "models.rs",
    ];
    for (name, _) in sources() {
        let file = PathBuf::from(&name);
        let file = file.file_name().and_then(|file| file.to_str());
        assert!(!file.is_some_and(|file| drawers.contains(&file)), "{name}");
    }
}
