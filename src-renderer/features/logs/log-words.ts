import { plainText } from './ansi.ts';
import type { LineEntry, LogMark } from './log-ring.ts';
import type { ReadingState, StreamState } from './log-types.ts';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const figures = new Intl.NumberFormat('en-US');

/** A line's time on this machine's clock, `09:14:31.204`; empty where the engine told none. */
export function lineTime(time: string | null): string {
  const at = time === null ? Number.NaN : Date.parse(time);
  if (Number.isNaN(at)) return '';
  return `${clock.format(at)}.${String(((at % 1_000) + 1_000) % 1_000).padStart(3, '0')}`;
}

/** `1,204 lines held here`. */
export function heldWords(lines: number): string {
  return `${figures.format(lines)} ${lines === 1 ? 'line' : 'lines'} held here`;
}

/** `12,345 older lines let go`. */
export function letGoWords(lines: number): string {
  return `${figures.format(lines)} older ${lines === 1 ? 'line' : 'lines'} let go`;
}

/** `3 of 212`, `212 lines`; `none` where nothing was found. */
export function foundWords({ count, position }: { readonly count: number; readonly position: number | null }): string {
  if (count === 0) return 'none';
  if (position === null) return `${figures.format(count)} ${count === 1 ? 'line' : 'lines'}`;
  return `${figures.format(position)} of ${figures.format(count)}`;
}

/** `38 new lines`; beyond what is held, that more waits on the host. */
export function waitingWords(reading: ReadingState): string | null {
  if (reading.state === 'following' || (reading.waiting === 0 && !reading.full)) return null;
  const lines = `${figures.format(reading.waiting)} new ${reading.waiting === 1 ? 'line' : 'lines'}`;
  return reading.full ? `${lines}, more on the host` : lines;
}

/** What stands between the lines where something happened to the stream. */
export function markWords(mark: LogMark): string {
  const at = clock.format(mark.at);
  switch (mark.mark) {
    case 'lost':
      return `connection lost ${at}, waiting`;
    case 'ended':
      return `the log ended ${at}: the container stopped`;
    case 'resumed': {
      const what = mark.after === 'lost' ? `resumed ${at}` : `the container started again ${at}`;
      return mark.gapless ? `${what}, nothing is missing` : `${what}, lines may be missing before this`;
    }
  }
}

/** Where the stream stands, in a few words. */
export function streamWords(stream: StreamState, reading: ReadingState, hostLabel: string): string {
  switch (stream.state) {
    case 'opening':
      return 'Opening';
    case 'waiting':
      // No code: it was no answer of the core.
      return `Waiting for ${stream.problem?.code === null ? 'Binnacle itself' : hostLabel}`;
    case 'ended':
      return 'Ended: the container stopped';
    case 'failed':
      return 'Not read';
    case 'following':
      if (reading.state === 'following') return 'Following';
      return reading.full ? 'Paused; what comes now waits on the host' : 'Paused';
  }
}

/** A line as it is copied: its time as the engine wrote it, and its text without colours. */
export function copiedLine({ time, text }: Pick<LineEntry, 'time' | 'text'>): string {
  const plain = plainText(text);
  return time === null ? plain : `${time} ${plain}`;
}
