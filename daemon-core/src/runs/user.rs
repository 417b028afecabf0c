//! Looking up the user that something runs as.
//!
//! The system's own lookup is asked (getpwnam_r(3), getpwuid_r(3), getgrouplist(3)) and not
//! `/etc/passwd`, because users may live in a directory service.

#![allow(unsafe_code, reason = "no crate of ours wraps getpwnam_r, getpwuid_r and getgrouplist")]

use std::ffi::{CStr, CString, OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;

use hob_launch::User;

use super::error::Error;

/// A user of this machine.
pub(crate) struct Account {
    pub(crate) name: String,
    /// Its ids, with all groups it belongs to.
    pub(crate) user: User,
    pub(crate) home: OsString,
    pub(crate) shell: OsString,
}

/// The user of a name.
pub(crate) fn account_named(name: &str) -> Result<Account, Error> {
    let unknown = || Error::NoUser(name.to_owned());
    let name_c = CString::new(name).map_err(|_nul| unknown())?;
    let mut buffer = vec![0u8; 16 << 10];
    let mut entry = MaybeUninit::<libc::passwd>::uninit();
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are valid for the call, and the length is the buffer's own.
    let status = unsafe {
        libc::getpwnam_r(
            name_c.as_ptr(),
            entry.as_mut_ptr(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut found,
        )
    };
    if status != 0 || found.is_null() {
        return Err(unknown());
    }
    // SAFETY: with a result that is not null, the entry is filled in.
    let entry = unsafe { entry.assume_init() };
    // SAFETY: the entry's texts end in NUL and lie in the buffer, which is still there.
    let text =
        |text: *const libc::c_char| OsStr::from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes()).to_owned();
    let user = User { uid: entry.pw_uid, gid: entry.pw_gid, groups: groups(&name_c, entry.pw_gid) };
    Ok(Account { name: name.to_owned(), user, home: text(entry.pw_dir), shell: text(entry.pw_shell) })
}

/// What the user of a number is called; nothing if nobody knows.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    let mut buffer = vec![0u8; 16 << 10];
    let mut entry = MaybeUninit::<libc::passwd>::uninit();
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are valid for the call, and the length is the buffer's own.
    let status = unsafe {
        libc::getpwuid_r(uid, entry.as_mut_ptr(), buffer.as_mut_ptr().cast(), buffer.len(), &raw mut found)
    };
    if status != 0 || found.is_null() {
        return None;
    }
    // SAFETY: with a result that is not null, the entry is filled in, and its name ends in NUL in the buffer.
    let name = unsafe { CStr::from_ptr(entry.assume_init().pw_name) };
    name.to_str().ok().map(str::to_owned)
}

fn groups(name: &CString, primary: libc::gid_t) -> Vec<u32> {
    let mut groups: Vec<libc::gid_t> = vec![0; 64];
    loop {
        let mut count = libc::c_int::try_from(groups.len()).unwrap_or(libc::c_int::MAX);
        // SAFETY: the list has room for `count` ids, which is what the call is told.
        let fits = unsafe { libc::getgrouplist(name.as_ptr(), primary, groups.as_mut_ptr(), &raw mut count) };
        let needed = usize::try_from(count).unwrap_or_default();
        if 0 <= fits {
            groups.truncate(needed);
            return groups;
        }
        // More than fitted: `count` says how many there are.
        groups.resize(needed.max(groups.len() * 2), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_everywhere_and_nobody_knows_a_made_up_name() {
        let root = account_named("root").unwrap();
        assert_eq!((root.user.uid, root.user.gid), (0, 0));
        assert!(root.user.groups.contains(&0));
        assert!(root.home.as_encoded_bytes().starts_with(b"/"));
        assert!(account_named("no-such-user-here").is_err());
        assert!(account_named("nul\0").is_err());
        assert_eq!(user_name(0).as_deref(), Some("root"));
        assert_eq!(user_name(u32::MAX - 7), None);
    }
}
