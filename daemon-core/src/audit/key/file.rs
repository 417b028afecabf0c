//! The key in a file of its own: 64 hexadecimal digits that only the owner can read.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use fs_err::OpenOptions;
use fs_err::os::unix::fs::OpenOptionsExt as _;
use hob_verify::tree::Hash;

/// Writes it, in place of one that was there; when this returns it is on the disk.
pub(super) fn keep(path: &Path, secret: &[u8; 32]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    match fs_err::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", Hash(*secret).hex())?;
    file.sync_all()?;
    fs_err::rename(&draft, path)
}

/// Reads it, unless others could too.
pub(super) fn read(path: &Path) -> Result<[u8; 32], String> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = file.map_err(|error| error.to_string())?;
    let found = file.metadata().map_err(|error| error.to_string())?;
    if found.mode() & 0o077 != 0 || found.uid() != rustix::process::getuid().as_raw() {
        return Err(format!("{} can be read by others: chmod 600, if nobody has", path.display()));
    }
    if !found.is_file() {
        return Err(format!("{} is no regular file", path.display()));
    }
    let text = std::io::read_to_string(file).map_err(|error| error.to_string())?;
    let secret = Hash::from_hex(text.trim_end().as_bytes());
    secret.map(|secret| secret.0).ok_or_else(|| format!("{} is no key", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_not_used() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("audit.key");
        assert!(read(&path).unwrap_err().contains("audit.key"));
        keep(&path, &[1; 32]).unwrap();
        keep(&path, &[7; 32]).unwrap();
        assert_eq!(fs_err::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read(&path), Ok([7; 32]));
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&path).unwrap_err().contains("others"));
        fs_err::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert!(read(&path).is_err());
        fs_err::remove_file(&path).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(read(&path).unwrap_err().contains("no regular file"));
    }
}
