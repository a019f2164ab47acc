//! The sources of a policy: the crate, a file, or the standard input.

#![allow(dead_code, reason = "not every example uses all of it")]

use std::error::Error;
use std::path::Path;

use may_train::Policy;

use crate::inputs;

/// Returns the file that a policy is read from; `None` if the policy is a shipped one.
pub fn file(name: &str) -> Option<&Path> {
    (!Policy::shipped_ids().any(|id| id == name)).then_some(Path::new(name))
}

/// Reads a shipped policy by its id. Any other name is a file, or `-` for the standard input.
pub fn read(name: &str) -> Result<Policy, Box<dyn Error>> {
    let Some(path) = file(name) else { return Ok(Policy::shipped(name)?) };
    if !inputs::is_standard(path) && !path.exists() {
        let ids: Vec<_> = Policy::shipped_ids().collect();
        return Err(format!(
            "`{name}` is neither a file nor a shipped policy: use one of {}, or a path",
            ids.join(", ")
        )
        .into());
    }
    let text = inputs::read_text(path)?;
    Ok(Policy::from_toml(&text).map_err(|error| error.in_file(inputs::name(path)))?)
}
