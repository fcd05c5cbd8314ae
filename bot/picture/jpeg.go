package picture

import (
	"bytes"
	"encoding/binary"
)

// markers of a JPEG.
const (
	markStart = 0xd8 // SOI
	markEnd   = 0xd9 // EOI
	markScan  = 0xda // SOS
	markApp1  = 0xe1 // APP1, where EXIF is
)

// findings are what has to be known of a JPEG beside its pixels.
type findings struct {
	// orientation is how the camera was held: EXIF's number from 1, upright, to 8.
	orientation int
	// scans is how often the file goes over the pixels.
	scans int
}

// inspect walks the segments of a JPEG, in the way the decoder does. Where the file is not as
// it should be, the walk ends with what it has found.
func inspect(file []byte) findings {
	f := findings{orientation: 1}
	for {
		at := bytes.IndexByte(file, 0xff)
		if at < 0 || at+1 >= len(file) {
			return f
		}
		mark := file[at+1]
		switch {
		case mark == 0xff: // a marker may have any number of these before it
			file = file[at+1:]
			continue
		case mark == 0, mark == markStart, mark >= 0xd0 && mark <= 0xd7: // pixels, or a marker alone
			file = file[at+2:]
			continue
		case mark == markEnd:
			return f
		}
		segment, rest, ok := cutSegment(file[at+2:])
		if !ok {
			return f
		}
		switch mark {
		case markScan:
			f.scans++
		case markApp1:
			if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && f.orientation == 1 {
				f.orientation = orientation(tiff)
			}
		}
		file = rest
	}
}

// cutSegment takes a segment off: two bytes of its length, themselves counted, and the rest.
func cutSegment(b []byte) (segment, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 || n > len(b) {
		return nil, nil, false
	}
	return b[2:n], b[n:], true
}

const (
	tagOrientation = 0x0112
	typeShort      = 3
	// entrySize is the size of an entry of a TIFF directory: tag, type, count, value.
	entrySize = 12
)

// orientation finds the orientation in EXIF data, which has the form of a TIFF file: a byte
// order, and the place of a directory of tagged values. 1 where there is none to be found.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	for entries := tiff[at+2:]; count > 0 && len(entries) >= entrySize; count-- {
		tag, kind, n := order.Uint16(entries), order.Uint16(entries[2:]), order.Uint32(entries[4:])
		if v := order.Uint16(entries[8:]); tag == tagOrientation && kind == typeShort && n == 1 && v >= 1 && v <= 8 {
			return int(v)
		}
		entries = entries[entrySize:]
	}
	return 1
}
