import { describe, expect, test } from 'vitest';
import { LogDecoder } from './log-decoder.ts';
import { decode, frame, line, MESSAGE_BYTES, messagesOf, splitAt, stamp } from './log-frames.fixture.ts';
import type { LogLine } from './model.ts';

describe('lines longer than a message', () => {
  test('a timestamp at the 16 KiB mark of a terminal’s line is found at every split near it', () => {
    const text = 'x'.repeat(MESSAGE_BYTES + 5);
    const bytes = Buffer.from(
      `${stamp(1)} ${text.slice(0, MESSAGE_BYTES)}${stamp(1)} ${text.slice(MESSAGE_BYTES)}\r\n`,
    );
    for (let point = MESSAGE_BYTES; point <= bytes.length; point++) {
      expect(decode(splitAt(bytes, [point]), { tty: true, timestamps: true })).toEqual([line('tty', 1, text)]);
    }
  });

  test('nor does it matter that the engine’s log file made three bytes of each half of a character', () => {
    const json = (text: Buffer) => text.toString('latin1').replace(/[\u0080-\u00ff]/g, '\ufffd');
    const [first, second] = messagesOf(Buffer.from(`${'x'.repeat(MESSAGE_BYTES - 1)}ü and more\r`), '\n').map(json);
    const bytes = Buffer.from(`${stamp(1)} ${first}${stamp(1)} ${second}`);
    for (let point = MESSAGE_BYTES; point <= bytes.length; point++) {
      expect(decode(splitAt(bytes, [point]), { tty: true, timestamps: true })).toEqual([
        line('tty', 1, `${'x'.repeat(MESSAGE_BYTES - 1)}\ufffd\ufffd and more`),
      ]);
    }
  });

  test('timestamps within a terminal’s line do not count towards its length', () => {
    for (const more of [0, 1]) {
      const text = Buffer.alloc(3 * MESSAGE_BYTES + more, 'x');
      const bytes = Buffer.concat(
        messagesOf(Buffer.concat([text, Buffer.from('\r')]), '\n').flatMap((each) => [
          Buffer.from(`${stamp(1)} `),
          each,
        ]),
      );
      for (const at of [0, 1000, MESSAGE_BYTES * 3 + 93, bytes.length - 1]) {
        const options = { tty: true, timestamps: true, maxLineBytes: 3 * MESSAGE_BYTES };
        expect(decode(splitAt(bytes, [at]), options)).toEqual([
          line('tty', 1, 'x'.repeat(3 * MESSAGE_BYTES), more > 0),
        ]);
      }
    }
  });

  test('are one line even under different timestamps, as engines before 18 wrote them', () => {
    const frames = [
      frame(1, `${stamp(1)} `, Buffer.alloc(MESSAGE_BYTES, 'x')),
      frame(1, `${stamp(2)} `, Buffer.alloc(MESSAGE_BYTES, 'y')),
      frame(1, `${stamp(3)} end\n`),
    ];
    expect(decode(frames, { tty: false, timestamps: true })).toEqual([
      line('stdout', 1, `${'x'.repeat(MESSAGE_BYTES)}${'y'.repeat(MESSAGE_BYTES)}end`),
    ]);
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

  test('a message that only begins like a timestamp does not swallow the timestamp of the next', () => {
    const frames = [
      frame(1, '2026-11-'),
      frame(1, `${stamp(2)} hello\n`),
      frame(1, '2026-11-20T'),
      frame(1, '23:31:02Z x\n'),
    ];
    expect(decode(frames, { tty: false, timestamps: true })).toEqual([
      line('stdout', null, '2026-11-'),
      line('stdout', 2, 'hello'),
      line('stdout', null, '2026-11-20T23:31:02Z x'),
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
