//! The key in the keychain of the desktop. Everything here blocks, perhaps for as long as a person.
//!
//! A store is opened anew each time: one that could not be opened before the
//! session bus was there must not be the answer for ever.

#[cfg(target_os = "linux")]
pub(super) use secret_service::{keep, read};

#[cfg(not(target_os = "linux"))]
pub(super) use nothing::{keep, read};

#[cfg(target_os = "linux")]
mod secret_service {
    use keyring_core::Entry;
    use keyring_core::api::CredentialStoreApi as _;
    use zbus_secret_service_keyring_store::Store;

    /// Keeps it, and makes sure that it is kept.
    pub(crate) fn keep(origin: &str, secret: &[u8; 32]) -> Result<(), String> {
        let entry = entry(origin)?;
        entry.set_secret(secret).map_err(|error| error.to_string())?;
        match entry.get_secret() {
            Ok(kept) if kept == secret => Ok(()),
            Ok(_) => Err("it gave back something else than it was given".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Asks for it.
    pub(crate) fn read(origin: &str) -> Result<[u8; 32], String> {
        let secret = entry(origin)?.get_secret().map_err(|error| format!("the keychain: {error}"))?;
        secret.try_into().map_err(|_| "the keychain has something else in its place".to_owned())
    }

    fn entry(origin: &str) -> Result<Entry, String> {
        let store = Store::new().map_err(|error| error.to_string())?;
        store.build("hob", origin, None).map_err(|error| error.to_string())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// On a private bus: `dbus-run-session -- sh -c 'printf pw | gnome-keyring-daemon --unlock
        /// --components=secrets; cargo test -p daemon-core --lib keychain -- --ignored'`.
        #[test]
        #[ignore = "needs a keychain that may be written to"]
        fn what_is_kept_is_given_back() {
            let origin = format!("hob.local/{}/test", std::process::id());
            assert!(read(&origin).is_err());
            keep(&origin, &[7; 32]).unwrap();
            assert_eq!(read(&origin), Ok([7; 32]));
            entry(&origin).unwrap().delete_credential().unwrap();
            assert!(read(&origin).is_err());
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod nothing {
    const NONE: &str = "this version knows no keychain of this system";

    pub(crate) fn keep(_: &str, _: &[u8; 32]) -> Result<(), String> {
        Err(NONE.to_owned())
    }

    pub(crate) fn read(_: &str) -> Result<[u8; 32], String> {
        Err(NONE.to_owned())
    }
}
