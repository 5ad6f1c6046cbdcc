package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

// FileCause is a way to a mobile equipment error of files that needs no fault.
type FileCause struct {
	CME     CME
	Command string // that fails, as typed: AT+QFOPEN
	What    string // led to it
}

func (c FileCause) String() string { return fmt.Sprintf("%d, %s: %s", int(c.CME), c.Command, c.What) }

// FileCauses are all natural causes of the mobile equipment errors of files. The
// family's list of these has no 404, 408, 412, 422 and 424: nothing gives them.
func FileCauses() []FileCause { return append([]FileCause(nil), fileCauses...) }

// fileCauses has a proof for each row in TestFileCauses. Which number a failure
// gets is inferred, but for 405, 407, 416 and 421.
var fileCauses = []FileCause{
	{CMEFileValue, "AT+QFLDS", "a storage that the module has not"},

	{CMEBeyondFile, "AT+QFSEEK", "a place before the beginning of the file or behind its end"},

	{CMEReadZero, "AT+QFREAD", "nothing is left to read (only with the quirk file-read-end=402)"},

	{CMEDriveFull, "AT+QFOPEN", "a new file, and no space is left"},
	{CMEDriveFull, "AT+QFOPEN", "a new file, and the disk of the directory of --ufs takes none"},
	{CMEDriveFull, "AT+QFWRITE", "no length was given, and what came is more than is free"},

	{CMENotFound, "AT+QFDEL, AT+QFDWL, AT+QFLST, AT+QFMD5", "a file that is not there"},
	{CMENotFound, "AT+QFOPEN", "a file that is not there, in mode 2"},

	{CMEFileName, "any file command with a name", "a storage that the module has not, such as RAM: or SD:"},
	{CMEFileName, "any file command with a name", "more than 80 bytes, the storage not counted"},

	{CMEFileExists, "AT+QFUPL", "a file that is there, or open"},

	{CMEFileWrite, "AT+QFUPL, AT+QFOPEN", "the directory of --ufs cannot be written"},
	{CMEFileWrite, "AT+QFCLOSE", "the directory of --ufs cannot be written any more; what was written to the file is lost"},

	{CMEFileOpen, "AT+QFOPEN, AT+QFUPL, AT+QFDWL, AT+QFDEL", "the directory of --ufs is gone"},
	{CMEFileOpen, "AT+QFCLOSE", "the directory of --ufs is gone; what was written to the file is lost"},

	{CMEFileRead, "AT+QFOPEN, AT+QFDWL", "the machine cannot read a file in the directory of --ufs"},

	{CMETooManyOpen, "AT+QFOPEN", "ten files are open"},

	{CMEFileReadOnly, "AT+QFWRITE", "the file was opened in mode 2"},

	{CMEFileType, "AT+QFOPEN, AT+QFUPL, AT+QFDWL", "a name that ends in a slash, as that of a directory does"},

	{CMEFileHandle, "AT+QFCLOSE, AT+QFREAD, AT+QFWRITE, AT+QFSEEK, AT+QFPOSITION, AT+QFSIZE", "no file is open under the handle: it was closed, or the module has booted since"},
	{CMEFileHandle, "AT+QFWRITE", "the file was closed on another port while the data came"},
	{CMEFileHandle, "AT+QFMD5", "the file is not open"},

	{CMEFileList, "AT+QFLST", "the directory of --ufs is gone"},

	{CMEFileDelete, "AT+QFDEL", "the file is open; of all files, the others are deleted"},
	{CMEFileDelete, "AT+QFDEL", "the machine does not let go of a file in the directory of --ufs"},

	{CMEDiskInfo, "AT+QFLDS", "the directory of --ufs is gone"},

	{CMENoSpace, "AT+QFUPL", "more than what is free was announced"},
	{CMENoSpace, "AT+QFUPL", "another port has taken the space while the data came"},
	{CMENoSpace, "AT+QFUPL", "the disk of the directory of --ufs is full"},
	{CMENoSpace, "AT+QFCLOSE", "the disk of the directory of --ufs is full; what was written to the file is lost"},
	{CMENoSpace, "AT+QFWRITE", "the length that was given is more than is free"},

	{CMEFileTimeout, "AT+QFUPL", "the data did not come in time; what came is kept"},
	{CMEFileTimeout, "AT+QFWRITE", "the data did not come in time; what came is written"},

	{CMEFileTooLarge, "AT+QFUPL, AT+QFWRITE", "more than the whole store takes"},
	{CMEFileTooLarge, "AT+QFUPL, AT+QFCLOSE", "the machine limits the size of files (ulimit -f); an open file stays the old one"},
	{CMEFileTooLarge, "AT+QFOPEN, AT+QFDWL", "a file put into the directory of --ufs by hand that is larger than the whole store"},

	{CMEFileParam, "any file command", "a parameter that is missing, malformed or out of its range; a form that it has not"},

	{CMEFileOpened, "AT+QFOPEN", "the file is open"},
}

// fileCause is when file commands give the error; "": never.
func fileCause(cme CME) string {
	var causes []string
	for _, c := range fileCauses {
		if c.CME == cme {
			causes = append(causes, c.Command+": "+c.What)
		}
	}
	return strings.Join(causes, "; ")
}

// fileErrors are the errors of the file store in the module's numbers.
var fileErrors = []struct {
	err error
	cme CME
}{
	{vfs.ErrNotFound, CMENotFound},
	{vfs.ErrExist, CMEFileExists},
	{vfs.ErrName, CMEFileName},
	{vfs.ErrNoSpace, CMENoSpace},
	{vfs.ErrTooLarge, CMEFileTooLarge},
	{vfs.ErrRead, CMEFileRead},
	{vfs.ErrWrite, CMEFileWrite},
	{vfs.ErrOpen, CMEFileOpen},
	{vfs.ErrList, CMEFileList},
	{vfs.ErrRemove, CMEFileDelete},
	{vfs.ErrReadOnly, CMEFileReadOnly},
	{vfs.ErrClosed, CMEFileHandle},
	{vfs.ErrOpened, CMEFileOpened},
}

func fileError(err error) CME {
	var cme CME
	if errors.As(err, &cme) {
		return cme
	}
	for _, e := range fileErrors {
		if errors.Is(err, e.err) {
			return e.cme
		}
	}
	return CMEFileParam
}

// tellStoreFault tells the log and the journal of an error that is the machine's
// doing, not the module's: a full disk, a directory that cannot be written. The
// host sees a number of the module, and of a basic command not even that.
func (m *Modem) tellStoreFault(c *Call, err error) {
	var cause syscall.Errno
	if !errors.As(err, &cause) || !slices.ContainsFunc(storeFaults, func(kind error) bool { return errors.Is(err, kind) }) {
		return
	}
	m.log.Warn("the file store fails", "command", commandName(c), "error", err)
	if c != nil && c.Line != nil {
		m.event(Event{Kind: Noted, Port: m.PortOf(c.Line), Text: "the file store fails: " + err.Error()})
	}
}

// storeFaults are the errors of the file store that a machine can be to blame for.
var storeFaults = []error{
	vfs.ErrNoSpace, vfs.ErrTooLarge, vfs.ErrRead, vfs.ErrWrite, vfs.ErrOpen, vfs.ErrList, vfs.ErrRemove,
}

// Numbers of the mobile equipment errors of files (family).
const (
	firstFileCME = CMEFileValue
	lastFileCME  = CMEFileOpened
)

// cmeResult is cmeResult with the module's own ways: an EG800K shows some errors
// of files by their number when AT+CMEE=2 asks for text (quirk file-cme).
func (m *Modem) cmeResult(cme CME) atengine.Result {
	if cme < firstFileCME || cme > lastFileCME {
		return cmeResult(cme)
	}
	switch m.quirks[quirkFileCME] {
	case "text":
		return cmeResult(cme)
	case "mixed":
		if cme != CMEFileTimeout {
			return cmeResult(cme)
		}
	}
	return atengine.Extended("+CME ERROR", int(cme), strconv.Itoa(int(cme)))
}
