import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { Demultiplexer } from './demux.ts';

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

function encode({ type, payload }: Frame): Buffer {
  return Buffer.concat([header(type, payload.length), payload]);
}

function header(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt32BE(length, 4);
  return bytes;
}

/** The frames with something in them, put together again from their pieces. */
function decode(chunks: readonly Buffer[]): { frames: { stream: string; payload: string }[]; between: boolean } {
  const demux = new Demultiplexer();
  const frames: { stream: string; payload: string }[] = [];
  let open: { stream: string; parts: Buffer[] } | null = null;
  for (const chunk of chunks) {
    demux.push(chunk);
    for (let piece = demux.next(); piece !== null; piece = demux.next()) {
      expect(piece.opens).toBe(open === null);
      expect(piece.end).toBeGreaterThan(piece.start);
      open ??= { stream: piece.stream, parts: [] };
      expect(piece.stream).toBe(open.stream);
      open.parts.push(piece.chunk.subarray(piece.start, piece.end));
      if (!piece.closes) continue;
      frames.push({ stream: open.stream, payload: Buffer.concat(open.parts).toString('hex') });
      open = null;
    }
  }
  return { frames, between: demux.betweenFrames };
}

function expected(frames: readonly Frame[]): ReturnType<typeof decode> {
  return {
    frames: frames
      .filter((frame) => frame.payload.length > 0)
      .map(({ type, payload }) => ({
        stream: type === 2 ? 'stderr' : 'stdout',
        payload: Buffer.from(payload).toString('hex'),
      })),
    between: true,
  };
}

const frame = fc.record({ type: fc.constantFrom(0, 1, 2), payload: fc.uint8Array({ maxLength: 24 }) });

function splitAt(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [0, ...points.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((point, i) => bytes.subarray(sorted[i], point));
}

test('frames come out as they went in, at every split in two and in single bytes', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const bytes = Buffer.concat(frames.map(encode));
      const wanted = expected(frames);
      for (let point = 0; point <= bytes.length; point++) {
        expect(decode(splitAt(bytes, [point]))).toEqual(wanted);
      }
      expect(decode(splitAt(bytes, [...bytes.keys()]))).toEqual(wanted);
    }),
  );
});

test('and at any random splits of longer streams', () => {
  const long = fc.record({ type: fc.constantFrom(0, 1, 2), payload: fc.uint8Array({ maxLength: 3000 }) });
  fc.assert(
    fc.property(fc.array(long, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 30 }), (frames, points) => {
      const bytes = Buffer.concat(frames.map(encode));
      const within = points.map((point) => point % (bytes.length + 1));
      expect(decode(splitAt(bytes, within))).toEqual(expected(frames));
    }),
  );
});

test('an unfinished header or frame is known as such', () => {
  const bytes = encode({ type: 1, payload: Buffer.from('text') });
  const between = [...bytes.keys()].map((end) => decode([bytes.subarray(0, end)]).between);
  expect(between).toEqual([true, ...Array.from({ length: bytes.length - 1 }, () => false)]);
});

test('a header that cannot be one is refused, however it is split', () => {
  const bad = [
    Buffer.from('HTTP/1.1'),
    header(4, 1),
    header(255, 1),
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 1]),
    Buffer.from([1, 0, 0, 1, 0, 0, 0, 1]),
    header(1, limits.engine.logFrameBytes + 1),
    header(2, 0xffffffff),
  ];
  const good = encode({ type: 1, payload: Buffer.from('fine\n') });
  for (const bytes of bad) {
    for (let point = 0; point <= bytes.length; point++) {
      expect(() => decode([good, ...splitAt(bytes, [point])])).toThrow(
        expect.objectContaining({
          code: 'ENGINE_ANSWER_INVALID',
          details: { header: bytes.toString('hex') },
          hint: expect.any(String),
        }),
      );
    }
  }
  expect(decode([header(1, limits.engine.logFrameBytes)])).toEqual({ frames: [], between: false });
});

test('the engine’s own complaint in the stream becomes an error with its words, made visible', () => {
  const bytes = encode({ type: 3, payload: Buffer.from('error reading log: \u001b[31mbad\n') });
  for (let point = 0; point <= bytes.length; point++) {
    expect(() => decode(splitAt(bytes, [point]))).toThrow(
      expect.objectContaining({
        code: 'ENGINE_ERROR',
        message: 'The engine stopped reading this log: error reading log: ␛[31mbad',
      }),
    );
  }
});

test('an endless complaint is not held', () => {
  const word = Buffer.alloc(64 * 1024, 'x');
  const chunks = [header(3, word.length * 64), ...Array.from({ length: 64 }, () => word)];
  expect(() => decode(chunks)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^The engine stopped reading this log: x{199}…$/) }),
  );
});

test('a hundred thousand empty frames in one chunk are no recursion', () => {
  const blank = encode({ type: 1, payload: Buffer.alloc(0) });
  const last = encode({ type: 2, payload: Buffer.from('x') });
  const bytes = Buffer.concat([...Array.from({ length: 100_000 }, () => blank), last]);
  expect(decode([bytes])).toEqual({ frames: [{ stream: 'stderr', payload: '78' }], between: true });
});
