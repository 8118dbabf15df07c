import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogDecoder, type LogDecoderOptions } from './log-decoder.ts';
import type { LogLine } from './model.ts';

const MESSAGE_BYTES = 16 * 1024;

function decode(chunks: readonly Buffer[], options: LogDecoderOptions): LogLine[] {
  const decoder = new LogDecoder(options);
  const lines: LogLine[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    while (!decoder.idle) decoder.decode(lines, lines.length + 3, 50);
  }
  decoder.end(lines);
  return lines;
}

function splitAt(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [0, ...points.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((point, i) => bytes.subarray(sorted[i], point));
}

function frame(type: number, ...payload: (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(payload.map((part) => Buffer.from(part as string)));
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

function stamp(second: number): string {
  return `2026-11-20T23:31:${String(second % 60).padStart(2, '0')}.123456789Z`;
}

function line(stream: LogLine['stream'], second: number | null, text: string, cut = false): LogLine {
  return { stream, time: second === null ? null : stamp(second), text, cut };
}

/** Bytes an application may write: line ends of all kinds, half characters, and what looks like a timestamp. */
const content = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('a', 'é', '漢', '🧭', '\r', ' ', '\u0000', '\u001b[1m', '﻿', '2026-11-') },
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

/** As moby's copier.go writes one line: messages of exactly 16 KiB, each with the first one's time, the last with the newline. */
function messagesOf(text: Buffer, ending: string): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at === 0 || at <= text.length; at += MESSAGE_BYTES) {
    const rest = text.subarray(at, at + MESSAGE_BYTES);
    messages.push(rest.length < MESSAGE_BYTES ? Buffer.concat([rest, Buffer.from(ending)]) : rest);
  }
  return messages;
}

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

  test('a timestamp at the 16 KiB mark of a terminal’s line is found at every split near it', () => {
    const text = 'x'.repeat(MESSAGE_BYTES + 5);
    const bytes = Buffer.from(
      `${stamp(1)} ${text.slice(0, MESSAGE_BYTES)}${stamp(1)} ${text.slice(MESSAGE_BYTES)}\r\n`,
    );
    for (let point = MESSAGE_BYTES; point <= bytes.length; point++) {
      expect(decode(splitAt(bytes, [point]), { tty: true, timestamps: true })).toEqual([line('tty', 1, text)]);
    }
  });

  test('1 MiB is cut at the limit, and what follows is not', () => {
    const frames = [...messagesOf(Buffer.alloc(1024 * 1024, '漢'), '\n'), Buffer.from('next\n')].map((text, i) =>
      frame(1, `${stamp(i > 64 ? 2 : 1)} `, text),
    );
    expect(decode(frames, { tty: false, timestamps: true })).toEqual([
      line('stdout', 1, '漢'.repeat(Math.floor((256 * 1024) / 3)), true),
      line('stdout', 2, 'next'),
    ]);
  });
});

describe('terminal', () => {
  test('lines of any content, at every split', () => {
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

  test('a progress bar is one line with its returns, delivered at the end without a newline', () => {
    const bytes = Buffer.from(`${stamp(1)} 10 %\r20 %\r\n${stamp(2)} 30 %\r40 %`);
    expect(decode([bytes], { tty: true, timestamps: true })).toEqual([
      line('tty', 1, '10 %\r20 %'),
      line('tty', 2, '30 %\r40 %'),
    ]);
  });

  test('a line without its timestamp keeps its text', () => {
    const bytes = Buffer.from(`plain\r\n2026-11-20T23\r\n\r\n${stamp(1)} x\r\n2026-1`);
    for (let point = 0; point <= bytes.length; point++) {
      expect(decode(splitAt(bytes, [point]), { tty: true, timestamps: true })).toEqual([
        line('tty', null, 'plain'),
        line('tty', null, '2026-11-20T23'),
        line('tty', null, ''),
        line('tty', 1, 'x'),
        line('tty', null, '2026-1'),
      ]);
    }
  });
});

describe('unfinished lines', () => {
  test('what a process left unfinished is a line of its own, not the start of its successor’s first', () => {
    const frames = [frame(1, `${stamp(1)} bye`), frame(1, `${stamp(2)} hello\n`), frame(2, `${stamp(3)} oops`)];
    expect(decode(frames, { tty: false, timestamps: true })).toEqual([
      line('stdout', 1, 'bye'),
      line('stdout', 2, 'hello'),
      line('stderr', 3, 'oops'),
    ]);
  });

  test('a stream that ends inside a frame is a broken one', () => {
    const bytes = frame(1, `${stamp(1)} text\n`);
    for (let end = 1; end < bytes.length; end++) {
      expect(() => decode([bytes.subarray(0, end)], { tty: false, timestamps: true })).toThrow(
        expect.objectContaining({ code: 'CONNECTION_LOST' }),
      );
    }
  });
});

describe('lines that are too long', () => {
  test('are cut before the character that does not fit, and counted without their line ending', () => {
    const cases = ['漢漢', '漢漢x', '漢漢漢', 'xxxxxxx', '🧭🧭', '🧭xx🧭', '🧭xxx🧭'];
    const bytes = Buffer.concat(cases.map((text) => frame(1, `${text}\r\n`)));
    const cut = decode([bytes], { tty: false, timestamps: false, maxLineBytes: 6 });
    expect(cut.map((each) => [each.text, each.cut])).toEqual([
      ['漢漢', false],
      ['漢漢', true],
      ['漢漢', true],
      ['xxxxxx', true],
      ['🧭', true],
      ['🧭xx', true],
      ['🧭xx'.slice(0, 4), true],
    ]);
  });

  test('are handed on as soon as they are known to be, and the rest is passed over', () => {
    const decoder = new LogDecoder({ tty: true, timestamps: false, maxLineBytes: 4 });
    const lines: LogLine[] = [];
    const seen: string[][] = [];
    for (const chunk of ['abc', 'de', 'f', 'ghi', 'x\nok', '\n']) {
      decoder.push(Buffer.from(chunk));
      decoder.decode(lines, 100, 100);
      seen.push(lines.splice(0).map((each) => each.text));
    }
    expect(seen).toEqual([[], [], ['abcd'], [], [], ['ok']]);
  });
});

test('no more lines are decoded than were asked for', () => {
  const decoder = new LogDecoder({ tty: false, timestamps: false });
  decoder.push(Buffer.concat(Array.from({ length: 10_000 }, () => frame(1, '\n'))));
  const batches: number[] = [];
  while (!decoder.idle) {
    const lines: LogLine[] = [];
    decoder.decode(lines, 500, 1_000_000);
    batches.push(lines.length);
  }
  expect(batches).toEqual([...Array.from({ length: 20 }, () => 500), 0]);
});
