package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// provideCA makes sure that the CA certificate is on the module, whole, where one is
// needed.
func (d *driver) provideCA() error {
	if !d.service.secure {
		return nil
	}
	size, err := d.fileSize()
	if err != nil {
		return err
	}
	switch {
	case d.ca == nil && size > 0:
		return nil
	case d.ca == nil && d.strikes[stageFile] < 2:
		return &failure{cause: causeRefused, what: caName, why: "it is not in the list of files"}
	case d.ca == nil:
		return &failure{cause: causeHopeless, what: caName, why: "it is not on the module; give it with -ca FILE"}
	case size == len(d.ca) && !d.distrust:
		return nil
	case size >= 0:
		d.report("%s has %d bytes instead of %d, or may be damaged: uploading it anew", caName, size, len(d.ca))
		if err := d.deleteFile(); err != nil {
			return err
		}
	}
	if err := d.upload(); err != nil {
		// What was kept of it is in the way of the next try.
		if is(err, causeRefused, causeGarbled, causeTimeout, causeStale) {
			if deleting := d.deleteFile(); deleting != nil {
				return deleting
			}
		}
		return err
	}
	d.distrust = false
	return nil
}

// fileSize is the size of the certificate on the module, or -1. It looks through
// the list of all files: for a name alone, "not found" could not be told from a
// failure where the module answers a plain ERROR.
func (d *driver) fileSize() (int, error) {
	files, err := d.list(`AT+QFLST="UFS:*"`, "+QFLST:")
	if err != nil {
		return -1, err
	}
	for _, f := range files {
		if name := strings.Trim(field(f, 0), `"`); name == caName || "UFS:"+name == caName {
			if n, err := strconv.Atoi(field(f, 1)); err == nil {
				return n, nil
			}
		}
	}
	return -1, nil
}

// deleteFile deletes the certificate. That there is none is fine.
func (d *driver) deleteFile() error {
	err := d.command(0, `AT+QFDEL="%s"`, caName)
	if f := failed(err); f != nil && f.cause == causeRefused && f.code == cmeNotFound {
		return nil
	}
	return err
}

// upload sends the certificate, and compares what the module says it has got.
func (d *driver) upload() error {
	name := fmt.Sprintf(`AT+QFUPL="%s"`, caName)
	d.uploads++
	begin := request{
		text: fmt.Sprintf("%s,%d,%d", name, len(d.ca), uploadIdle),
		want: want{connect: true, prefix: "+QFUPL:"},
		// An upload whose CONNECT was lost must end by itself before the next
		// command can be one.
		wall: uploadAnswer,
	}
	if _, err := d.link.do(begin); err != nil {
		return err
	}
	// The second time slower: a line without flow control may have lost some.
	gap := time.Duration(0)
	if d.uploads > 1 {
		gap = 20 * time.Millisecond
	}
	r, err := d.link.give(d.ca, gap, request{text: name, want: want{prefix: "+QFUPL:"}, wall: uploadAnswer})
	got := rest(r.lines, "+QFUPL:")
	if err != nil {
		if len(got) > 0 {
			d.report("the module got %s of %d bytes", field(got[0], 0), len(d.ca))
		}
		return err
	}
	if wanted := fmt.Sprintf("%d,%x", len(d.ca), checksum(d.ca)); !strings.EqualFold(strings.ReplaceAll(got[0], " ", ""), wanted) {
		return &failure{cause: causeGarbled, what: name, why: fmt.Sprintf("the module got %s, not %s", got[0], wanted)}
	}
	return nil
}

// checksum is the module's: the XOR of all 16-bit big-endian words, an odd last
// byte being the high half of a word.
func checksum(p []byte) uint16 {
	var sum uint16
	for i, b := range p {
		if i%2 == 0 {
			sum ^= uint16(b) << 8
		} else {
			sum ^= uint16(b)
		}
	}
	return sum
}
