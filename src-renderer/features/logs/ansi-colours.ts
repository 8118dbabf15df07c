type Rgb = readonly [red: number, green: number, blue: number];

/** The 16 colours as xterm has them: what a program that chose a colour by its number or parts had in mind. */
const NAMED: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
const CUBE = [0, 95, 135, 175, 215, 255];

/** The named colour, 0 to 15, nearest to one of xterm's 256 or to red, green and blue of 0 to 255. */
export function nearestColour(colour: number | Rgb): number {
  if (typeof colour === 'number' && colour < NAMED.length) return colour;
  const rgb = typeof colour === 'number' ? ofPalette(colour) : colour;
  const distances = NAMED.map((named) => named.reduce((sum, part, i) => sum + (part - (rgb[i] ?? 0)) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}

function ofPalette(index: number): Rgb {
  if (index >= 232) {
    const grey = (index - 232) * 10 + 8;
    return [grey, grey, grey];
  }
  const at = index - 16;
  const part = (step: number): number => CUBE[Math.floor(at / step) % 6] ?? 0;
  return [part(36), part(6), part(1)];
}
