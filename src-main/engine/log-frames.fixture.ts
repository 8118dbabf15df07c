import { LogDecoder, type LogDecoderOptions } from './log-decoder.ts';
import type { LogLine } from './model.ts';

/** Log streams as an engine sends them, for the tests of what reads them. */

export const MESSAGE_BYTES = 16 * 1024;

export function decode(chunks: readonly Buffer[], options: LogDecoderOptions): LogLine[] {
  const decoder = new LogDecoder(options);
  const lines: LogLine[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    while (!decoder.idle) decoder.decode(lines, lines.length + 3, 50);
  }
  decoder.end(lines);
  return lines;
}

export function splitAt(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [0, ...points.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((point, i) => bytes.subarray(sorted[i], point));
}

export function frame(type: number, ...payload: (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(payload.map((part) => Buffer.from(part as string)));
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

export function stamp(second: number): string {
  return `2026-11-20T23:31:${String(second % 60).padStart(2, '0')}.123456789Z`;
}

export function line(stream: LogLine['stream'], second: number | null, text: string, cut = false): LogLine {
  return { stream, time: second === null ? null : stamp(second), text, cut };
}

/** As moby's copier.go writes one line: messages of exactly 16 KiB, each with the first one's time, the last with the newline. */
export function messagesOf(text: Buffer, ending: string): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at === 0 || at <= text.length; at += MESSAGE_BYTES) {
    const rest = text.subarray(at, at + MESSAGE_BYTES);
    messages.push(rest.length < MESSAGE_BYTES ? Buffer.concat([rest, Buffer.from(ending)]) : rest);
  }
  return messages;
}
