//! Keeps the tenant on disk: one JSON file, replaced whole, at most 100 ms behind.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::state::State;
use crate::tenant::Tenant;

const FILE: &str = "tenant.json";
/// Changes within this time go to disk together.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// The folder in which everything of the sandbox lies.
pub(crate) fn folder(data_dir: &Path) -> io::Result<PathBuf> {
    let folder = data_dir.join("sandbox");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What was kept, if anything was.
pub(crate) fn load(folder: &Path) -> io::Result<Option<Tenant>> {
    match File::open(folder.join(FILE)) {
        Ok(file) => Ok(Some(serde_json::from_reader(io::BufReader::new(file))?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn save(folder: &Path, state: &State) -> io::Result<()> {
    let _saving = state.saving();
    let body = state.read(serde_json::to_vec)?;
    write_private(&folder.join(FILE), &body)
}

/// Replaces a file in one step; only its owner may read it.
pub(crate) fn write_private(path: &Path, body: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(body)?;
    file.sync_data()?;
    std::fs::rename(&unfinished, path)
}

/// Follows the changes until it is aborted; whoever aborts it saves once more.
pub(crate) async fn follow(folder: PathBuf, state: State) {
    loop {
        state.changed().await;
        tokio::time::sleep(DEBOUNCE).await;
        let (folder, state) = (folder.clone(), state.clone());
        let saved = tokio::task::spawn_blocking(move || save(&folder, &state)).await;
        match saved {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the sandbox could not keep its state"),
            Err(error) => tracing::error!(%error, "the sandbox could not keep its state"),
        }
    }
}
