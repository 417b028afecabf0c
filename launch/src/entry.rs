//! The first instruction of a launch, which is not the C library's.
//!
//! What the C library does before `main` (find out about the processor, set up
//! thread-local storage and locales) nobody needs between spawn and exec, and in
//! a virtual machine it takes longer than everything else: each of some forty
//! `cpuid` instructions leaves the machine, for 10 to 30 µs. So the linker is told
//! to begin here (`build.rs`), and a launch runs on system calls alone.
//!
//! Whoever is given arguments wants something else, and begins as every program
//! does. So does a static program that has yet to be moved to where it was
//! loaded: only `_start` does that.

#![allow(unsafe_code, reason = "a program begins with nothing but registers and a stack")]

use core::arch::naked_asm;

unsafe extern "C" {
    /// The C library's beginning, for which the registers and the stack must be as the kernel left them.
    fn _start() -> !;
}

/// Where this program begins, by the word of whoever has moved it there; elsewhere if nobody has.
static BEGIN: unsafe extern "C" fn() -> ! = hob_launch_begin;

/// On the stack are the number of arguments and so on (System V ABI, "Process Initialization").
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn hob_launch_begin() -> ! {
    naked_asm!(
        "lea rax, [rip + {begin}]",
        "cmp rax, [rip + {known}]",
        "jne 2f",
        "cmp qword ptr [rsp], 1",
        "jne 2f",
        "xor ebp, ebp",
        "and rsp, -16",
        "call {launch}",
        "ud2",
        "2:",
        "jmp {start}",
        begin = sym hob_launch_begin,
        known = sym BEGIN,
        launch = sym launch,
        start = sym _start,
    )
}

/// The same.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn hob_launch_begin() -> ! {
    naked_asm!(
        "adrp x9, {begin}",
        "add x9, x9, :lo12:{begin}",
        "adrp x10, {known}",
        "ldr x10, [x10, :lo12:{known}]",
        "cmp x9, x10",
        "b.ne 2f",
        "ldr x9, [sp]",
        "cmp x9, #1",
        "b.ne 2f",
        "mov x29, xzr",
        "mov x30, xzr",
        "bl {launch}",
        "brk #1",
        "2:",
        "b {start}",
        begin = sym hob_launch_begin,
        known = sym BEGIN,
        launch = sym launch,
        start = sym _start,
    )
}

extern "C" fn launch() -> ! {
    crate::kernel::exit(crate::launch())
}

/// What the compiler may call wherever bytes are moved or compared.
///
/// In a static program these are the C library's, which it chooses by the processor before `main`, and
/// cannot be called without. Nothing here moves more than some hundred bytes.
#[cfg(target_feature = "crt-static")]
mod bytes {
    use core::ffi::c_void;

    /// Each byte by itself, and so that the compiler does not see what that amounts to.
    unsafe fn copy(to: *mut c_void, from: *const c_void, places: impl Iterator<Item = usize>) -> *mut c_void {
        for place in places {
            // SAFETY: the caller of `memcpy` or `memmove` says that both are so long.
            unsafe {
                let byte = from.cast::<u8>().add(place).read_volatile();
                to.cast::<u8>().add(place).write_volatile(byte);
            }
        }
        to
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void {
        // SAFETY: as this function's own.
        unsafe { copy(to, from, 0..length) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void {
        // SAFETY: as this function's own; what lies ahead is read before it is written to.
        unsafe {
            match to.addr() <= from.addr() {
                true => copy(to, from, 0..length),
                false => copy(to, from, (0..length).rev()),
            }
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn memset(to: *mut c_void, byte: i32, length: usize) -> *mut c_void {
        for place in 0..length {
            // SAFETY: the caller says that it is so long.
            unsafe { to.cast::<u8>().add(place).write_volatile(byte as u8) };
        }
        to
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(one: *const c_void, other: *const c_void, length: usize) -> i32 {
        for place in 0..length {
            // SAFETY: the caller says that both are so long.
            let [one, other] = [one, other].map(|it| unsafe { it.cast::<u8>().add(place).read_volatile() });
            if one != other {
                return i32::from(one) - i32::from(other);
            }
        }
        0
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(one: *const c_void, other: *const c_void, length: usize) -> i32 {
        // SAFETY: as this function's own.
        unsafe { memcmp(one, other, length) }
    }
}
