// Package picture makes of an image file somebody sent one that is safe to keep and to show:
// it is read pixel by pixel and written anew, so that nothing of the file survives but what is
// seen. Where a photo was taken, what hangs on behind the image, a file that is a web page as
// well: all of it is gone. It knows no conversation, and keeps nothing.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"
)

// Why a picture is not taken.
var (
	ErrType   = errors.New("picture: not a PNG, JPEG or WebP")
	ErrLarge  = errors.New("picture: too large")
	ErrBroken = errors.New("picture: cannot be read")
)

// What is taken, and what is made of it.
const (
	// MaxBytes is how large a file may be.
	MaxBytes = 10 << 20
	// maxPixels is more than the camera of a phone gives unless it is told to.
	maxPixels = 40_000_000
	// maxSide bounds what a picture one pixel wide costs to scale.
	maxSide = 30_000
	// maxScans is how often a JPEG may go over its pixels. Usual are ten; a small file can ask
	// for so many that reading it takes hours.
	maxScans = 100
	// longest is the longer side of the result: one can read a screenshot, and a mail can carry
	// five of them.
	longest = 2048
	// most is the size of the result in bytes.
	most = 2 << 20
)

// Image is a picture written anew.
type Image struct {
	// Kind is "image/png" or "image/jpeg".
	Kind string
	// Width and Height are in pixels.
	Width, Height int
	Data          []byte
}

// places are how many pictures are read at once in this process: a large one needs some hundred
// megabytes. One of more than half the pixels allowed takes both places.
const places = 2

var reading = semaphore.NewWeighted(places)

// Clean makes an image anew from a file. It waits while others are being made, as long as the
// context allows. ErrType, ErrLarge, ErrBroken.
func Clean(ctx context.Context, file []byte) (Image, error) {
	if len(file) > MaxBytes {
		return Image{}, fmt.Errorf("%w: %d bytes", ErrLarge, len(file))
	}
	f, ok := formatOf(file)
	if !ok {
		return Image{}, ErrType
	}
	c, err := f.config(file)
	if err != nil {
		return Image{}, err
	}
	pixels := int64(c.Width) * int64(c.Height)
	if pixels > maxPixels || c.Width > maxSide || c.Height > maxSide {
		return Image{}, fmt.Errorf("%w: %d × %d pixels", ErrLarge, c.Width, c.Height)
	}
	weight := int64(1)
	if pixels > maxPixels/2 {
		weight = places
	}
	if err := reading.Acquire(ctx, weight); err != nil {
		return Image{}, fmt.Errorf("picture: wait for a place: %w", err)
	}
	defer reading.Release(weight)
	img, err := f.read(file)
	if err != nil {
		return Image{}, err
	}
	return encode(img, f.photo)
}

// format is one of the kinds of files that are taken.
type format struct {
	magic  func(file []byte) bool
	decode func(file []byte) (image.Image, error)
	size   func(file []byte) (image.Config, error)
	// orientation is how the camera was held, if the file can say so.
	orientation func(file []byte) int
	// photo: what is opaque becomes a JPEG. Otherwise it becomes a PNG, which keeps the letters
	// of a screenshot sharp.
	photo bool
}

// formats are told apart by how the file begins; what it is called says nothing.
var formats = []format{
	{
		magic:  func(file []byte) bool { return bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")) },
		decode: func(file []byte) (image.Image, error) { return png.Decode(bytes.NewReader(file)) },
		size:   func(file []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(file)) },
	},
	{
		magic:       func(file []byte) bool { return bytes.HasPrefix(file, []byte("\xff\xd8\xff")) },
		decode:      decodeJPEG,
		size:        func(file []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(file)) },
		orientation: func(file []byte) int { return inspect(file).orientation },
		photo:       true,
	},
	{
		magic: func(file []byte) bool {
			return len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP"
		},
		decode: func(file []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(file)) },
		size:   func(file []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(file)) },
		photo:  true,
	},
}

func formatOf(file []byte) (format, bool) {
	for _, f := range formats {
		if f.magic(file) {
			return f, true
		}
	}
	return format{}, false
}

// config reads the dimensions without the pixels.
func (f format) config(file []byte) (c image.Config, err error) {
	defer broken(&err)
	if c, err = f.size(file); err != nil {
		return c, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return c, fmt.Errorf("%w: it has no pixels", ErrBroken)
	}
	return c, nil
}

// read reads the pixels and brings them to the size of the result.
func (f format) read(file []byte) (img *image.RGBA, err error) {
	defer broken(&err)
	whole, err := f.decode(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	img = fit(whole, longest)
	if f.orientation != nil {
		img = turn(img, f.orientation(file))
	}
	return img, nil
}

// broken makes an error of a decoder's panic: a file must not end the process.
func broken(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: the decoder fails: %v", ErrBroken, p)
	}
}

func decodeJPEG(file []byte) (image.Image, error) {
	if n := inspect(file).scans; n > maxScans {
		return nil, fmt.Errorf("%d scans", n)
	}
	return jpeg.Decode(bytes.NewReader(file))
}
