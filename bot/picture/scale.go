package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// band is how many lines are scaled at a time. The scaler keeps 32 bytes for each pixel
// between its two passes, which for a whole photo would be hundreds of megabytes.
const band = 128

// fit draws an image anew with neither side longer than a limit.
func fit(src image.Image, limit int) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= limit && h <= limit {
		dst := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(dst, dst.Bounds(), src, b.Min, draw.Src)
		return dst
	}
	if w >= h {
		return scale(src, limit, max(1, (h*limit+w/2)/w))
	}
	return scale(src, max(1, (w*limit+h/2)/h), limit)
}

// scale draws an image in another size: first the width of all, then the height. A side that
// keeps its length is left as it is by the scaler, so a band needs nothing of its neighbours.
func scale(src image.Image, w, h int) *image.RGBA {
	b := src.Bounds()
	narrow := image.NewRGBA(image.Rect(0, 0, w, b.Dy()))
	// Colours are converted once for each pixel, and not for each place it has a part in.
	lines := image.NewRGBA(image.Rect(0, 0, b.Dx(), min(band, b.Dy())))
	wide := draw.CatmullRom.NewScaler(w, lines.Rect.Dy(), b.Dx(), lines.Rect.Dy())
	for y := 0; y < b.Dy(); y += band {
		from := image.Rect(0, 0, b.Dx(), min(band, b.Dy()-y))
		draw.Draw(lines, from, src, b.Min.Add(image.Pt(0, y)), draw.Src)
		wide.Scale(narrow, image.Rect(0, y, w, y+from.Dy()), lines, from, draw.Src, nil)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	high := draw.CatmullRom.NewScaler(min(band, w), h, min(band, w), b.Dy())
	for x := 0; x < w; x += band {
		to := min(x+band, w)
		high.Scale(dst, image.Rect(x, 0, to, h), narrow, image.Rect(x, 0, to, b.Dy()), draw.Src, nil)
	}
	return dst
}

// turn brings an image upright that was taken in one of EXIF's eight ways of holding a camera.
func turn(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 { // lying on a side
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			// Where the pixel belongs.
			tx, ty := x, y
			switch orientation {
			case 2: // mirrored
				tx = w - 1 - x
			case 3: // upside down
				tx, ty = w-1-x, h-1-y
			case 4: // upside down and mirrored
				ty = h - 1 - y
			case 5: // mirrored, and the top is on the left
				tx, ty = y, x
			case 6: // the top is on the right
				tx, ty = h-1-y, x
			case 7: // mirrored, and the top is on the right
				tx, ty = h-1-y, w-1-x
			case 8: // the top is on the left
				tx, ty = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
