//! What services and disks do to a capture.
