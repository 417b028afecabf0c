//! A copy that nobody can change, not even we.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;

use crate::exec::files::Reading;

/// The kernel allows names of 249 bytes (memfd_create(2)).
const NAME: usize = 64;

/// What is in `file`, in memory that is sealed, as far as it may be read.
pub(super) fn sealed_copy(
    file: BorrowedFd<'_>,
    name: &str,
    reading: &mut Reading<'_>,
) -> io::Result<OwnedFd> {
    let mut copy = File::from(memory(&name[..name.floor_char_boundary(NAME)])?);
    reading.each(file, |piece| copy.write_all(piece))?;
    fcntl_add_seals(&copy, SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE)?;
    Ok(copy.into())
}

/// Memory that may be executed, also where that has to be said (Linux 6.3, `vm.memfd_noexec`).
fn memory(name: &str) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match memfd_create(name, flags | MemfdFlags::EXEC) {
        Err(Errno::INVAL) => Ok(memfd_create(name, flags)?),
        made => Ok(made?),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn c38_a_copy_cannot_be_written_to_by_any_descriptor() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"benign").unwrap();
        let copy = sealed_copy(file.as_fd(), "it", &mut Reading::up_to(6)).unwrap();
        file.write_all_at(b"EVIL!!", 0).unwrap();
        let copy = File::from(copy);
        let mut content = [0; 6];
        copy.read_exact_at(&mut content, 0).unwrap();
        assert_eq!(&content, b"benign");
        let eperm = |done: io::Result<()>| assert_eq!(done.unwrap_err().raw_os_error(), Some(libc::EPERM));
        eperm(copy.write_all_at(b"x", 0));
        eperm(copy.set_len(3));
        eperm(copy.set_len(9));
        eperm(fcntl_add_seals(&copy, SealFlags::FUTURE_WRITE).map_err(Into::into));
        assert!(sealed_copy(file.as_fd(), "it", &mut Reading::up_to(5)).is_err());
    }
}
