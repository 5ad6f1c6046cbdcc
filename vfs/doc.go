// Package vfs is the file store of the module, which the AT commands call UFS:
// a flat set of files with case-sensitive names and a quota. It holds the
// certificates and keys that AT+QFUPL brings and that TLS later reads, and,
// beside them, the settings that survive a restart.
//
//	ufs, err := vfs.Open("./ufs", 280<<10) // or vfs.NewMemory(280 << 10)
//	err = ufs.Create("cacert.pem", pem)    // ErrExist when it is there
//	pem, err := ufs.ReadFile("cacert.pem")
//
// [FS.OpenFile] gives access at any place of a file. What is written to a [File]
// is its own until Close puts it in the place of the file in the store: there is
// never half a file, and a file that was not closed stays the old one.
//
// The package knows nothing of AT commands. The prefix "UFS:" and the wildcard
// "*" are the caller's to take off; each failure is one of the Err values,
// wrapped with the file's name and the cause, and each of those belongs to one
// CME code (see ErrNotFound and its siblings).
//
// # Names
//
// A name is 1 to 80 bytes, none of them NUL. Everything else that a host
// program can type is a name of its own: "..", "a/b", "CA.pem" beside
// "ca.pem", bytes that are not UTF-8. None of them leaves the directory, since
// the store has no directories and since each host file is reached through
// os.Root.
//
// # Files in a directory
//
// A directory store is meant to be looked into, and to be filled by hand:
//
//   - A name made of ASCII letters, digits and -._+=@~ that does not begin with
//     a dot is stored as itself: cacert.pem is DIR/cacert.pem.
//   - Any other byte, and a leading dot, is stored as % and two hex digits:
//     "my cert.pem" is DIR/my%20cert.pem, ".." is "DIR/%2e.".
//   - When a host file is there already whose name differs in case only, every
//     byte is stored so: with CA.pem there, "ca.pem" is DIR/%63%61%2e%70%65%6d.
//     A case-insensitive host (macOS) can therefore hold both, and a directory
//     can be moved between hosts.
//
// Reading turns this round. A regular file that a user drops into the directory
// is a file of the module under the name that its host name spells, at once and
// without a restart: CA.pem is "CA.pem", "my cert.pem" is "my cert.pem", and so
// is my%20cert.pem. What is not a proper escape stands for itself, so 100%.pem
// is "100%.pem". Should two host files spell one name, the one that needs no
// decoding is the file, and Remove removes both.
//
// Not files of the module are: host names that begin with a dot, names of more
// than 80 bytes, directories, devices, and symbolic links that lead out of the
// directory. The store leaves them alone.
//
// # Quota
//
// Space is given out in units of 4 KiB and each file takes at least one. Files
// dropped in by hand count too, and may exceed the capacity: then there is no
// free space, and a file larger than the whole capacity cannot be read.
// Settings are not counted.
//
// # Safety
//
// A file is written to a temporary one, forced to the disk, put in its place in
// one step, and the directory is forced to the disk as well. A process killed
// at any moment leaves each file as it was before or as it was to become; the
// rubbish it leaves is removed by the next Open. Settings and temporary files
// live in DIR/.qsim, where no name can reach.
//
// An FS is safe for concurrent use. Several processes may share a directory:
// none removes the temporary files of another that lives, and Create never
// replaces a file that another has just made. The quota is kept per process.
package vfs
