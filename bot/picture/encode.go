package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// qualities are tried one after the other until the JPEG is small enough; then it gets smaller.
var qualities = []int{85, 75, 60}

// encode writes an image. A photo becomes a JPEG unless one can see through it; everything else
// a PNG if that is small enough, which it is for a screenshot.
func encode(img *image.RGBA, photo bool) (Image, error) {
	opaque := img.Opaque()
	if !photo || !opaque {
		data, err := limited(func(w *limit) error { return png.Encode(w, img) })
		if err == nil {
			return Image{"image/png", img.Rect.Dx(), img.Rect.Dy(), data}, nil
		}
		if !errors.Is(err, errFull) {
			return Image{}, fmt.Errorf("picture: write a PNG: %w", err)
		}
	}
	if !opaque {
		img = onWhite(img)
	}
	for {
		for _, quality := range qualities {
			data, err := limited(func(w *limit) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: quality}) })
			if err == nil {
				return Image{"image/jpeg", img.Rect.Dx(), img.Rect.Dy(), data}, nil
			}
			if !errors.Is(err, errFull) {
				return Image{}, fmt.Errorf("picture: write a JPEG: %w", err)
			}
		}
		// This ends: at half of the longest side no JPEG is as large as that.
		img = fit(img, max(img.Rect.Dx(), img.Rect.Dy())*3/4)
	}
}

// onWhite puts a page behind what one can see through: a JPEG would make it black.
func onWhite(img *image.RGBA) *image.RGBA {
	page := image.NewRGBA(img.Rect)
	draw.Draw(page, page.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(page, page.Rect, img, img.Rect.Min, draw.Over)
	return page
}

var errFull = errors.New("more than fits")

// limit is a buffer that refuses to become larger than a picture may be, so that no time is
// spent on the rest.
type limit struct{ data bytes.Buffer }

func (l *limit) Write(p []byte) (int, error) {
	if l.data.Len()+len(p) > most {
		return 0, errFull
	}
	return l.data.Write(p)
}

func limited(write func(*limit) error) ([]byte, error) {
	var l limit
	if err := write(&l); err != nil {
		return nil, err
	}
	return l.data.Bytes(), nil
}
