//! Where policies come from: the crate, or a file.

use std::error::Error;
use std::path::Path;

use may_train::Policy;

/// A shipped policy by its id; anything else is a file.
pub fn read(name: &str) -> Result<Policy, Box<dyn Error>> {
    if Policy::shipped_ids().any(|id| id == name) {
        return Ok(Policy::shipped(name)?);
    }
    if !Path::new(name).exists() {
        let ids: Vec<_> = Policy::shipped_ids().collect();
        return Err(format!(
            "`{name}` is neither a file nor a shipped policy: use one of {}, or a path",
            ids.join(", ")
        )
        .into());
    }
    let bytes = std::fs::read(name).map_err(|error| format!("{name}: cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!("{name}: not UTF-8, at byte {}", error.utf8_error().valid_up_to() + 1)
    })?;
    Ok(Policy::from_toml(&text).map_err(|error| error.in_file(name))?)
}
