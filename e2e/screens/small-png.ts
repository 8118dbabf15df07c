import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** As many as one byte can name. */
const MOST_COLOURS = 256;
const COMMONEST = 144;
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/**
 * The same picture with 256 colours, a third of its size: pages of text have few colours, and many shades of their
 * edges. The commonest colours stay as they are; any other becomes the nearest that is kept.
 *
 * @param png as Chromium writes it: eight bits, RGB or RGBA without transparency, not interlaced
 */
export function withFewColours(png: Buffer): Buffer {
  const { width, height, colours } = readPixels(png);
  const counts = new Map<number, number>();
  for (let pixel = 0; pixel < colours.length; pixel += 1) {
    const colour = colours[pixel] as number;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const commonestFirst = [...counts].sort(([a, often], [b, rare]) => rare - often || a - b).map(([colour]) => colour);
  const palette = paletteOf(commonestFirst);
  const index = new Map(commonestFirst.map((colour) => [colour, nearestIn(palette, colour)]));
  // Each row begins with the number of its filter: none, which suits palettes.
  const rows = Buffer.alloc(height * (width + 1));
  for (let pixel = 0; pixel < colours.length; pixel += 1) {
    rows[pixel + Math.floor(pixel / width) + 1] = index.get(colours[pixel] as number) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/**
 * The commonest, among them the steps of every shadow; and of all others those that are so far apart that few enough
 * are left: no shade is further than that from one of them.
 */
function paletteOf(commonestFirst: readonly number[]): number[] {
  for (let apart = 0; ; apart += 3) {
    const palette = commonestFirst.slice(0, COMMONEST);
    for (const colour of commonestFirst.slice(COMMONEST)) {
      if (palette.every((other) => distance(colour, other) > apart * apart)) palette.push(colour);
      if (palette.length > MOST_COLOURS) break;
    }
    if (palette.length <= MOST_COLOURS) return palette;
  }
}

function nearestIn(palette: readonly number[], colour: number): number {
  let nearest = 0;
  for (const [index, other] of palette.entries()) {
    if (distance(colour, other) < distance(colour, palette[nearest] as number)) nearest = index;
  }
  return nearest;
}

/** Squared. */
function distance(a: number, b: number): number {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return red * red + green * green + blue * blue;
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `0xRRGGBB`, row by row. */
  readonly colours: Uint32Array;
}

function readPixels(png: Buffer): Pixels {
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
  }
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = png[25] === 6 ? 4 : 3;
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), width * channels, channels);
  const colours = new Uint32Array(width * height);
  for (let pixel = 0; pixel < colours.length; pixel += 1) {
    colours[pixel] = bytes.readUIntBE(pixel * channels, 3);
  }
  return { width, height, colours };
}

/** PNG specification, 9.2: each byte was written as its difference from what its neighbours foretell. */
function unfiltered(rows: Buffer, rowBytes: number, channels: number): Buffer {
  const height = rows.length / (rowBytes + 1);
  const bytes = Buffer.alloc(height * rowBytes);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (rowBytes + 1)];
    const start = y * rowBytes;
    for (let x = 0; x < rowBytes; x += 1) {
      const left = x < channels ? 0 : (bytes[start + x - channels] as number);
      const up = y === 0 ? 0 : (bytes[start + x - rowBytes] as number);
      const corner = x < channels || y === 0 ? 0 : (bytes[start + x - rowBytes - channels] as number);
      bytes[start + x] = (rows[y * (rowBytes + 1) + 1 + x] as number) + foretold(filter, left, up, corner);
    }
  }
  return bytes;
}

function foretold(filter: number | undefined, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
