import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogDecoderOptions } from './log-decoder.ts';
import { decode, frame, line, MESSAGE_BYTES, messagesOf, splitAt, stamp } from './log-frames.fixture.ts';
import type { LogLine } from './model.ts';

/** Bytes an application may write: line ends of all kinds, half characters, and what looks like a timestamp. */
const content = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom('a', 'é', '漢', '🧭', '\r', ' ', '\u0000', '\u001b[1m', '\ufeff', '2026-11-'),
      },
      { weight: 1, arbitrary: fc.constantFrom(`${stamp(7)} `, '\uFFFD') },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));

interface Message {
  readonly type: number;
  readonly second: number | null;
  readonly text: Buffer;
}

/** A frame at a time and a byte at a time: too simple to be wrong in the same way. */
function oracle(messages: readonly Message[], { timestamps, maxLineBytes }: LogDecoderOptions): LogLine[] {
  const most = maxLineBytes ?? 0;
  const lines: LogLine[] = [];
  const streams = ['stdout', 'stderr'].map((name) => ({
    stream: name as LogLine['stream'],
    time: null as string | null,
    bytes: [] as number[],
    open: false,
    skipping: false,
    messageBytes: 0,
  }));
  type State = (typeof streams)[number];
  const emit = (state: State) => {
    const { stream, time } = state;
    const bytes = Buffer.from(state.bytes.at(-1) === 0x0d ? state.bytes.slice(0, -1) : state.bytes);
    const cut = bytes.length > most;
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    if (!state.skipping)
      lines.push({ stream, time, text: decoder.decode(bytes.subarray(0, most), { stream: cut }), cut });
    state.bytes = [];
  };
  for (const { type, second, text } of messages) {
    const state = streams[type === 2 ? 1 : 0] as State;
    const time = timestamps && second !== null ? stamp(second) : null;
    if (time === null && text.length === 0) continue;
    if (timestamps) {
      if (state.open && time !== null && time !== state.time && state.messageBytes < MESSAGE_BYTES) {
        emit(state);
        state.open = false;
        state.skipping = false;
      }
      if (!state.open) state.time = time;
      state.open = true;
    }
    state.messageBytes = 0;
    for (const byte of text) {
      if (byte === 0x0a) {
        emit(state);
        state.open = false;
        state.skipping = false;
        state.messageBytes = 0;
        continue;
      }
      state.open = true;
      state.messageBytes += 1;
      if (!state.skipping) state.bytes.push(byte);
      if (state.bytes.length === most + 2) {
        emit(state);
        state.skipping = true;
      }
    }
  }
  for (const state of streams) if (state.open) emit(state);
  return lines;
}

function encode({ type, second, text }: Message, timestamps: boolean): Buffer {
  return frame(type, timestamps && second !== null ? `${stamp(second)} ` : '', text);
}

describe('any frames, at every split', () => {
  const message = fc.record({
    type: fc.constantFrom(0, 1, 2),
    second: fc.constantFrom(1, 1, 2, 3, null),
    text: fc
      .tuple(content, fc.constantFrom('\n', '\n', '\r\n', '', '\n\nx'))
      .map(([body, end]) => Buffer.concat([body, Buffer.from(end)])),
  });
  // Without its own timestamp, text that begins with one is indistinguishable from a message that has it.
  const honest = message.filter(({ second, text }) => second !== null || !/^2026-.*Z /s.test(text.toString('latin1')));

  for (const timestamps of [true, false]) {
    for (const maxLineBytes of [1000, 5]) {
      test(`timestamps ${timestamps}, lines up to ${maxLineBytes} bytes`, () => {
        const options = { tty: false, timestamps, maxLineBytes };
        fc.assert(
          fc.property(fc.array(honest, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (messages, points) => {
            const bytes = Buffer.concat(messages.map((each) => encode(each, timestamps)));
            const wanted = oracle(messages, options);
            for (let point = 0; point <= bytes.length; point++) {
              expect(decode(splitAt(bytes, [point]), options)).toEqual(wanted);
            }
            expect(decode(splitAt(bytes, [...bytes.keys()]), options)).toEqual(wanted);
            const within = points.map((each) => each % (bytes.length + 1));
            expect(decode(splitAt(bytes, within), options)).toEqual(wanted);
          }),
        );
      });
    }
  }
});

/** Lines as long as a few messages, most of them around a multiple of 16 KiB. */
const longText = fc
  .tuple(
    fc.constantFrom(0, 1, 2),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom('x', 'é', '漢', '🧭', 'x🧭'),
    content,
  )
  .map(([count, off, filling, tail]) => {
    const length = Math.max(0, count * MESSAGE_BYTES + off);
    const bytes = Buffer.concat([tail, Buffer.alloc(length, filling)]).subarray(0, length);
    return Buffer.from(bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x2e : byte)));
  });

const longLine = fc.record({ type: fc.constantFrom(1, 2), text: longText });
const points = fc.array(fc.nat(), { maxLength: 20 });

describe('lines longer than a message', () => {
  test('come out whole, stdout and stderr interleaved message by message', () => {
    fc.assert(
      fc.property(fc.array(longLine, { maxLength: 5 }), points, fc.infiniteStream(fc.boolean()), (lines, at, turns) => {
        const queues = [1, 2].map((type) =>
          lines.flatMap((each, second) =>
            each.type === type ? messagesOf(each.text, '\n').map((text) => frame(type, `${stamp(second)} `, text)) : [],
          ),
        );
        const frames: Buffer[] = [];
        for (const turn of turns) {
          const next = queues[turn ? 0 : 1]?.shift() ?? queues[turn ? 1 : 0]?.shift();
          if (next === undefined) break;
          frames.push(next);
        }
        const bytes = Buffer.concat(frames);
        const decoded = decode(
          splitAt(
            bytes,
            at.map((each) => each % (bytes.length + 1)),
          ),
          { tty: false, timestamps: true },
        );
        const wanted = lines.map((each, second) =>
          line(each.type === 2 ? 'stderr' : 'stdout', second, each.text.toString()),
        );
        for (const stream of ['stdout', 'stderr']) {
          expect(decoded.filter((each) => each.stream === stream)).toEqual(
            wanted.filter((each) => each.stream === stream),
          );
        }
      }),
    );
  });

  test('come out whole from a terminal, with and without timestamps', () => {
    fc.assert(
      fc.property(fc.array(longText, { maxLength: 4 }), points, fc.boolean(), (texts, at, timestamps) => {
        const bytes = Buffer.concat(
          texts.flatMap((text, second) =>
            messagesOf(Buffer.concat([text, Buffer.from('\r')]), '\n').flatMap((message) =>
              timestamps ? [Buffer.from(`${stamp(second)} `), message] : [message],
            ),
          ),
        );
        const chunks = splitAt(
          bytes,
          at.map((each) => each % (bytes.length + 1)),
        );
        expect(decode(chunks, { tty: true, timestamps })).toEqual(
          texts.map((text, second) => line('tty', timestamps ? second : null, text.toString())),
        );
      }),
    );
  });
});

test('a terminal’s lines of any content, at every split', () => {
  const body = content.map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a)));
  fc.assert(
    fc.property(fc.array(body, { maxLength: 5 }), fc.boolean(), (bodies, timestamps) => {
      // Without timestamps asked for, one at the start of a line is the application's.
      const bytes = Buffer.concat(
        bodies.flatMap((each, second) => [
          Buffer.from(timestamps ? `${stamp(second)} ` : ''),
          each,
          Buffer.from('\r\n'),
        ]),
      );
      const wanted = bodies.map((each, second) => line('tty', timestamps ? second : null, each.toString()));
      for (let point = 0; point <= bytes.length; point++) {
        expect(decode(splitAt(bytes, [point]), { tty: true, timestamps })).toEqual(wanted);
      }
      expect(decode(splitAt(bytes, [...bytes.keys()]), { tty: true, timestamps })).toEqual(wanted);
    }),
  );
});
