import type { ContainerDetail } from '../engine/model.ts';
import { formatDuration } from '../fleet/figures.ts';
import { limits } from '../kernel/limits.ts';
import { redact } from '../kernel/redact.ts';
import { visibleText } from '../kernel/text.ts';

/**
 * Something seen, in words. `output` is what a container or its engine printed: shown to the operator, and kept out of
 * the journal, into which no command's output goes.
 */
export interface Said {
  readonly text: string;
  readonly output: string | null;
}

export function said(text: string, output: string | null = null): Said {
  return { text, output: output?.trim() ? visibleText(output.trim(), limits.text.reasonChars) : null };
}

/** As the operator reads it. */
export function shown({ text, output }: Said): string {
  return bounded(output === null ? text : `${text}: ${output}`);
}

/** As the journal may hold it. */
export function recorded({ text }: Said): string {
  return bounded(String(redact(text)));
}

/** Two UTF-16 units a character at most: what a record's sentence may have is counted in those. */
const SENTENCE_CHARS = 500;

/** Visible, and short enough for a record's sentence. */
export function bounded(text: string): string {
  return visibleText(text, SENTENCE_CHARS);
}

/** Parts as sentences, one after the other. */
export function sentences(...parts: readonly Said[]): { readonly shown: string; readonly recorded: string } {
  return {
    shown: bounded(parts.map((part) => closed(shown(part))).join(' ')),
    recorded: bounded(parts.map((part) => closed(recorded(part))).join(' ')),
  };
}

/** With the mark a sentence ends with. */
export function closed(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** `after 1.2 s`, `at once`. @param ms milliseconds */
export function afterTime(ms: number): string {
  return ms < 250 ? 'at once' : `after ${span(ms)}`;
}

/** `1.2 s`, `90 s`, `10 min`. @param ms milliseconds */
export function span(ms: number): string {
  if (ms >= 100_000) return formatDuration(ms);
  if (ms >= 9_950 || ms % 1_000 === 0) return `${Math.round(ms / 1_000)} s`;
  return `${(ms / 1_000).toFixed(1)} s`;
}

/**
 * What a container is found to be, as a sentence. Times are the engine's, in UTC, so that they mean the same wherever
 * the journal is read.
 * @param now milliseconds since the epoch; another day's time is said with its date
 */
export function foundToBe(name: string, detail: ContainerDetail | 'gone', now: number): string {
  if (detail === 'gone') return `${name} is gone.`;
  const time = (word: string, ms: number | null) => (ms === null ? '' : `${word} ${instant(ms, now)}`);
  switch (detail.state) {
    case 'running':
      return `${name} is running${HEALTH[detail.health]}${time('; started at', detail.startedAt)}.`;
    case 'exited':
      return `${name} is stopped${time(' since', detail.finishedAt)}${exit(detail.exitCode)}.`;
    case 'restarting':
      return `${name} ends again and again, and is restarted by its engine${exit(detail.exitCode, ', last exit')}.`;
    case 'created':
      return `${name} is there, and was never started.`;
    case 'paused':
      return `${name} is paused.`;
    case 'removing':
      return `${name} is being removed.`;
    case 'dead':
      return `${name} is dead${exit(detail.exitCode)}.`;
    default:
      return `${name} is in a state that Binnacle does not know.`;
  }
}

const HEALTH: Readonly<Record<ContainerDetail['health'], string>> = {
  none: '',
  healthy: ' and healthy',
  unhealthy: ', but unhealthy',
  starting: ', and its health check has not passed yet',
};

function exit(code: number | null, word = ', exit'): string {
  return code === null ? '' : `${word} ${code}`;
}

function instant(ms: number, now: number): string {
  const [day, time] = new Date(ms).toISOString().split('T') as [string, string];
  const today = new Date(now).toISOString().startsWith(day);
  return `${today ? '' : `${day} `}${time.slice(0, 8)} UTC`;
}
