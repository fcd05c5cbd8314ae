/** What colours can be read on what, by the contrast of WCAG 2.2 (1.4.3: at least 4.5 to 1). */

export type Color = readonly [number, number, number];

/** The colour a browser makes of any CSS colour; after it comes how opaque it is. */
export function seen(css: string): Color {
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return [0, 0, 0];
  pen.fillStyle = css;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data as unknown as Color;
}

const linear = (part: number) => (part /= 255) <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;

/** Relative luminance, 0 for black and 1 for white. */
export const luminance = ([r, g, b]: Color) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);

/** Black or white, whichever is read more easily: one of them has always 4.58 to 1. */
export const over = (ground: Color) => luminance(ground) > .179 ? "#000" : "#fff";
