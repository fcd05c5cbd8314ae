package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// corners is an image whose corners tell which way up it is: red and green above, white and
// blue below.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {255, 255, 255, 255}, {0, 0, 255, 255}}[x/((w+1)/2)+2*(y/((h+1)/2))]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// noise is an image that cannot be made small.
func noise(w, h int, alpha uint8) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	random := rand.NewChaCha8([32]byte{1})
	random.Read(img.Pix)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = max(img.Pix[i], alpha)
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// solidWebP is a lossless WebP of one colour. However large it is, it takes some thirty bytes.
func solidWebP(w, h int, c color.NRGBA) []byte {
	var bits []byte
	n := 0
	put := func(v, width int) {
		for i := range width {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(0x2f, 8)
	put(w-1, 14)
	put(h-1, 14)
	put(1, 1) // alpha is used
	put(0, 3)
	put(0, 3) // no transform, no cache of colours, one group of codes
	for _, symbol := range []uint8{c.G, c.R, c.B, c.A} {
		put(0b101, 3) // a code with one symbol of 8 bits, which needs no bits in the image
		put(int(symbol), 8)
	}
	put(0b001, 3) // the distances are never used
	put(0, 1)
	data := append(bits, 0)
	if len(data)%2 == 1 {
		data = append(data, 0)
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(out[4:], uint32(12+len(data)))
	binary.LittleEndian.PutUint32(out[16:], uint32(len(data)))
	return append(out, data...)
}

// claim is a PNG that says how large it is, and has no pixels.
func claim(w, h uint32) []byte {
	out := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	out = binary.BigEndian.AppendUint32(out, w)
	out = binary.BigEndian.AppendUint32(out, h)
	out = append(out, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[12:]))
}

// held is a JPEG that says how the camera was held.
func held(file []byte, orientation uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 10)
	tiff = append(tiff, 0, 0) // a gap before the directory
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]uint16{{0x010f, 7}, {tagOrientation, orientation}} {
		tiff = order.AppendUint16(tiff, e[0])
		tiff = order.AppendUint16(tiff, typeShort)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, e[1])
		tiff = append(tiff, 0, 0)
	}
	return insert(file, markApp1, append([]byte("Exif\x00\x00"), tiff...))
}

// insert puts a segment behind the beginning of a JPEG.
func insert(file []byte, mark byte, segment []byte) []byte {
	out := append([]byte{}, file[:2]...)
	out = append(out, 0xff, mark)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), file[2:]...)
}

func clean(t testing.TB, file []byte) (Image, image.Image) {
	t.Helper()
	got, err := Clean(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	decode := map[string]func(*bytes.Reader) (image.Image, error){
		"image/png":  func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) },
		"image/jpeg": func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) },
	}[got.Kind]
	if decode == nil {
		t.Fatalf("it became %q", got.Kind)
	}
	r := bytes.NewReader(got.Data)
	img, err := decode(r)
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() > 0 {
		t.Errorf("%d bytes follow the image", r.Len())
	}
	if b := img.Bounds(); b.Dx() != got.Width || b.Dy() != got.Height {
		t.Errorf("it says %d × %d, and is %v", got.Width, got.Height, b)
	}
	if got.Width > longest || got.Height > longest || len(got.Data) > most {
		t.Errorf("%d × %d, %d bytes: that is too large", got.Width, got.Height, len(got.Data))
	}
	return got, img
}

// near says whether two colours look the same.
func near(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2), int(a1) - int(a2)} {
		if d > 0x1800 || d < -0x1800 {
			return false
		}
	}
	return true
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWhatBecomesOfAPicture(t *testing.T) {
	half := color.NRGBA{200, 100, 50, 128}
	for _, c := range []struct {
		name string
		file []byte
		kind string
		w, h int
	}{
		{"a screenshot", asPNG(t, corners(300, 200)), "image/png", 300, 200},
		{"a photo", asJPEG(t, corners(300, 200)), "image/jpeg", 300, 200},
		{"a grey photo", asJPEG(t, image.NewGray(image.Rect(0, 0, 20, 20))), "image/jpeg", 20, 20},
		{"a lossy WebP", file(t, "opaque.webp"), "image/jpeg", 64, 48},
		{"a WebP with a hole", file(t, "clear.webp"), "image/png", 64, 48},
		{"a lossless WebP", solidWebP(50, 40, color.NRGBA{200, 100, 50, 255}), "image/jpeg", 50, 40},
		{"a lossless WebP one can see through", solidWebP(50, 40, half), "image/png", 50, 40},
		{"a wide one", asPNG(t, image.NewGray(image.Rect(0, 0, 4096, 64))), "image/png", 2048, 32},
		{"a tall one", asPNG(t, corners(270, 2400)), "image/png", 230, 2048},
		{"a line", asPNG(t, image.NewGray(image.Rect(0, 0, 1, 9000))), "image/png", 1, 2048},
		{"sixteen bits", asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 30, 30))), "image/png", 30, 30},
		{"a palette", asPNG(t, image.NewPaletted(image.Rect(0, 0, 3000, 30), color.Palette{half, color.Black})), "image/png", 2048, 20},
		{"one pixel", asPNG(t, corners(1, 1)), "image/png", 1, 1},
		{"noise as PNG", asPNG(t, noise(900, 900, 255)), "image/jpeg", 900, 900},
	} {
		got, _ := clean(t, c.file)
		if got.Kind != c.kind || got.Width != c.w || got.Height != c.h {
			t.Errorf("%s became %s, %d × %d; want %s, %d × %d", c.name, got.Kind, got.Width, got.Height, c.kind, c.w, c.h)
		}
	}
}

// What cannot be made small by quality becomes smaller.
func TestNoiseFits(t *testing.T) {
	img := noise(2048, 2048, 255)
	for i := 0; i < len(img.Pix); i += 4 { // black and white is the worst
		v := img.Pix[i] & 1 * 255
		img.Pix[i], img.Pix[i+1], img.Pix[i+2] = v, v, v
	}
	got, _ := clean(t, asJPEG(t, img))
	if got.Kind != "image/jpeg" || got.Width >= 2048 || got.Width != got.Height || len(got.Data) < most/4 {
		t.Errorf("%s, %d × %d, %d bytes", got.Kind, got.Width, got.Height, len(got.Data))
	}
}

// A PNG one can see through that is too large gets a white page behind it, not a black one.
func TestTransparencyThatDoesNotFit(t *testing.T) {
	img := noise(800, 800, 0)
	for y := range 200 {
		for x := range 200 {
			img.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	got, seen := clean(t, asPNG(t, img))
	if got.Kind != "image/jpeg" || !near(seen.At(100, 100), color.White) {
		t.Errorf("%s, and where nothing was is %v", got.Kind, seen.At(100, 100))
	}
}

func TestWhatOneSeesStays(t *testing.T) {
	for name, file := range map[string][]byte{
		"PNG": asPNG(t, corners(90, 60)), "JPEG": asJPEG(t, corners(90, 60)),
		"scaled PNG": asPNG(t, corners(2400, 240)), "scaled JPEG": asJPEG(t, corners(2400, 240)),
	} {
		got, img := clean(t, file)
		for i, want := range []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {255, 255, 255, 255}, {0, 0, 255, 255}} {
			x, y := got.Width/4+i%2*got.Width/2, got.Height/4+i/2*got.Height/2
			if !near(img.At(x, y), want) {
				t.Errorf("%s: at %d,%d is %v, want %v", name, x, y, img.At(x, y), want)
			}
		}
	}
	_, img := clean(t, file(t, "clear.webp"))
	if _, _, _, a := img.At(32, 24).RGBA(); a != 0 {
		t.Errorf("the hole is filled with %v", img.At(32, 24))
	}
	if !near(img.At(2, 2), color.RGBA{240, 0, 10, 255}) {
		t.Errorf("the red corner is %v", img.At(2, 2))
	}
}

// The bands in which a picture is scaled cannot be seen: it is the same as scaled at once.
func TestScalingHasNoSeams(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 1000, 700))
	for y := range 700 {
		for x := range 1000 {
			img.SetRGBA(x, y, color.RGBA{uint8(x / 4), uint8(y / 3), uint8((x + y) / 7), 255})
		}
	}
	small := scale(img, 500, 350)
	for y := 1; y < 349; y++ {
		for x := 1; x < 499; x++ {
			if want := img.RGBAAt(2*x, 2*y); !near(small.RGBAAt(x, y), want) {
				t.Fatalf("at %d,%d is %v, want %v", x, y, small.RGBAAt(x, y), want)
			}
		}
	}
}

// All eight ways of holding a camera give the same picture.
func TestOrientation(t *testing.T) {
	upright := corners(64, 32)
	// What the sensor saw, from what it says: the file's pixel of each pixel of the picture.
	for o, from := range map[uint16]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return 63 - x, y },
		3: func(x, y int) (int, int) { return 63 - x, 31 - y },
		4: func(x, y int) (int, int) { return x, 31 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, 63 - x },
		7: func(x, y int) (int, int) { return 31 - y, 63 - x },
		8: func(x, y int) (int, int) { return 31 - y, x },
	} {
		w, h := 64, 32
		if o >= 5 {
			w, h = h, w
		}
		sensor := image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range 32 {
			for x := range 64 {
				sx, sy := from(x, y)
				sensor.Set(sx, sy, upright.At(x, y))
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			got, img := clean(t, held(asJPEG(t, sensor), o, order))
			if got.Width != 64 || got.Height != 32 {
				t.Errorf("orientation %d, %v: %d × %d", o, order, got.Width, got.Height)
				continue
			}
			for _, p := range []image.Point{{8, 8}, {56, 8}, {8, 24}, {56, 24}} {
				if !near(img.At(p.X, p.Y), upright.At(p.X, p.Y)) {
					t.Errorf("orientation %d, %v: at %v is %v, want %v", o, order, p, img.At(p.X, p.Y), upright.At(p.X, p.Y))
				}
			}
		}
	}
}

// Nothing of a file survives but what is seen.
func TestNothingElseSurvives(t *testing.T) {
	const secret = "45.5019,-73.5674 <script>alert(1)</script>"
	text := []byte("tEXtComment\x00" + secret)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
	chunk = append(chunk, text...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(text))
	shot := asPNG(t, corners(30, 20))
	shot = append(append(append([]byte{}, shot[:33]...), chunk...), shot[33:]...)
	photo := asJPEG(t, corners(30, 20))
	for name, file := range map[string][]byte{
		"text of a PNG":     shot,
		"behind a PNG":      append(asPNG(t, corners(30, 20)), secret...),
		"comment of a JPEG": insert(photo, 0xfe, []byte(secret)),
		"EXIF of a JPEG":    insert(photo, markApp1, []byte("Exif\x00\x00"+secret)),
		"behind a JPEG":     append(append([]byte{}, photo...), secret...),
		"behind a WebP":     append(file(t, "opaque.webp"), secret...),
	} {
		if !bytes.Contains(file, []byte(secret)) {
			t.Fatalf("%s: the test hides nothing", name)
		}
		got, _ := clean(t, file)
		if bytes.Contains(got.Data, []byte("script")) || bytes.Contains(got.Data, []byte("45.5")) {
			t.Errorf("%s: it is still there", name)
		}
	}
	for _, name := range []string{"opaque.webp", "clear.webp"} {
		if !bytes.Contains(file(t, name), []byte("ICCP")) {
			t.Fatalf("%s has no profile to lose", name)
		}
		if got, _ := clean(t, file(t, name)); bytes.Contains(got.Data, []byte("ICC")) || bytes.Contains(got.Data, []byte("iCCP")) {
			t.Errorf("%s keeps its profile", name)
		}
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	photo, shot := asJPEG(t, corners(300, 200)), asPNG(t, corners(300, 200))
	scans := bytes.Index(photo, []byte{0xff, markScan})
	scan := photo[scans : len(photo)-2]
	bomb := append([]byte{}, photo[:scans]...)
	for range maxScans + 1 {
		bomb = append(bomb, scan...)
	}
	bomb = append(bomb, 0xff, markEnd)
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ErrType},
		{"text", []byte("hello"), ErrType},
		{"a page", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), ErrType},
		{"a GIF", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrType},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), ErrType},
		{"a sound", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), ErrType},
		{"a PNG inside something", append([]byte(" "), shot...), ErrType},
		{"only the beginning of a PNG", shot[:8], ErrBroken},
		{"half a PNG", shot[:len(shot)/2], ErrBroken},
		{"half a JPEG", photo[:len(photo)/2], ErrBroken},
		{"a JPEG without pixels", photo[:scans], ErrBroken},
		{"half a WebP", file(t, "opaque.webp")[:400], ErrBroken},
		{"no width", claim(0, 5), ErrBroken},
		{"a large file", append(shot, make([]byte, MaxBytes)...), ErrLarge},
		{"a small file of many pixels", solidWebP(16000, 16000, color.NRGBA{A: 255}), ErrLarge},
		{"a claim of many pixels", claim(29_000, 29_000), ErrLarge},
		{"one pixel too many", claim(8000, 5001), ErrLarge},
		{"a very long line", claim(1, maxSide+1), ErrLarge},
		{"as large as can be, but empty", claim(8000, 5000), ErrBroken},
		{"a JPEG that never ends", bomb, ErrBroken},
	} {
		if _, err := Clean(t.Context(), c.file); !errors.Is(err, c.want) {
			t.Errorf("%s gave %v, want %v", c.name, err, c.want)
		}
	}
	usual := append(append([]byte{}, photo[:scans]...), bytes.Repeat(scan, 3)...)
	if got := inspect(append(usual, 0xff, markEnd)).scans; got != 3 {
		t.Errorf("%d scans are counted, want 3", got)
	}
}

// A decoder that fails in its own way does not end the process.
func TestPanicIsABrokenPicture(t *testing.T) {
	f := format{
		decode: func([]byte) (image.Image, error) { panic("index out of range") },
		size:   func([]byte) (image.Config, error) { panic("index out of range") },
	}
	_, reads := f.read(nil)
	_, sizes := f.config(nil)
	if !errors.Is(reads, ErrBroken) || !errors.Is(sizes, ErrBroken) || !strings.Contains(reads.Error(), "index out of range") {
		t.Errorf("got %v and %v", reads, sizes)
	}
}

// Whoever waits while others are read may go away.
func TestWaiting(t *testing.T) {
	if err := reading.Acquire(t.Context(), places); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Clean(ctx, asPNG(t, corners(2, 2))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	reading.Release(places)
	clean(t, asPNG(t, corners(2, 2)))
	if _, err := Clean(t.Context(), asPNG(t, corners(2, 2))[:50]); err == nil {
		t.Error("half a picture was read")
	}
	// Nobody keeps a place, also where it went wrong.
	if !reading.TryAcquire(places) {
		t.Fatal("a place is not free again")
	}
	reading.Release(places)
}

func FuzzOrientation(f *testing.F) {
	photo := asJPEG(f, corners(8, 8))
	f.Add(photo)
	f.Add(held(photo, 6, binary.BigEndian))
	f.Add(held(photo, 3, binary.LittleEndian))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got := inspect(file); got.orientation < 1 || got.orientation > 8 || got.scans > len(file) {
			t.Errorf("%+v", got)
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add(asPNG(f, corners(9, 7)))
	f.Add(held(asJPEG(f, corners(9, 7)), 6, binary.BigEndian))
	f.Add(file(f, "opaque.webp"))
	f.Add(file(f, "clear.webp"))
	f.Add(solidWebP(9, 7, color.NRGBA{1, 2, 3, 4}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if format, ok := formatOf(data); ok {
			// Large pictures are tested elsewhere; here they would only take time.
			if c, err := format.config(data); err == nil && int64(c.Width)*int64(c.Height) > 1<<20 {
				t.Skip()
			}
		}
		got, err := Clean(t.Context(), data)
		if err != nil {
			if !errors.Is(err, ErrType) && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrLarge) {
				t.Errorf("an error that says nothing to anybody: %v", err)
			}
			return
		}
		again, _ := clean(t, got.Data)
		if again.Width != got.Width || again.Height != got.Height {
			t.Errorf("%d × %d became %d × %d", got.Width, got.Height, again.Width, again.Height)
		}
	})
}

// BenchmarkPhoto is what a picture from a phone costs.
func BenchmarkPhoto(b *testing.B) {
	photo := asJPEG(b, corners(4000, 3000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Clean(b.Context(), photo); err != nil {
			b.Fatal(err)
		}
	}
}
