/**
 * Pictures of what people see. They are drawn on a canvas: a page whose policy allows no images
 * but its own shows them all the same.
 */
import { make } from "./text";

/** What is sent; the server takes a little more. */
const longest = 2048; // pixels
const light = 1 << 20; // bytes that are not worth the work of making them smaller
export const heaviest = 10 << 20; // bytes the server takes

/** iOS turns its own format into JPEG when only these are asked for. */
export const kinds = "image/png,image/jpeg,image/webp";

/** A canvas of a picture's shape, which a link opens in full. */
export function frame(width: number, height: number, label: string, href?: string) {
  const canvas = make("canvas", { width, height, role: "img", "aria-label": label });
  return href
    ? make("a", { href, target: "_blank", rel: "noopener noreferrer", className: "shot" }, canvas)
    : make("span", { className: "shot" }, canvas);
}

export function paint(el: HTMLElement, picture: ImageBitmap) {
  const canvas = el.querySelector("canvas");
  if (!canvas) return;
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
}

/** Shows a picture of the log; without it there is still the link. */
export function draw({ src, width, height }: { src: string; width: number; height: number }, base: URL, label: string) {
  const url = new URL(src, base).href;
  const el = frame(width, height, label, url);
  fetch(url).then((answer) => answer.ok ? answer.blob() : Promise.reject()).then(createImageBitmap)
    .then((picture) => paint(el, picture))
    .catch(() => el.append(label)); // gone, or no line
  return el;
}

/**
 * Makes a picture fit to be sent: phones take photographs of many megabytes. What the browser
 * cannot read goes as it is, and the server says what to do instead.
 */
export async function prepare(file: Blob): Promise<{ blob: Blob; bitmap?: ImageBitmap }> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return { blob: file };
  }
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size < light && kinds.includes(file.type)) return { blob: file, bitmap };
  const canvas = make("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
  const pen = canvas.getContext("2d");
  if (!pen) return { blob: file, bitmap };
  pen.fillStyle = "#fff"; // JPEG has no transparency
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", .85));
  return { blob: blob ?? file, bitmap };
}
