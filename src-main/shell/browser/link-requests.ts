import { readFileSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { limits } from '../../kernel/limits.ts';

/** Calls `print` for each line of `input`, whatever stands in it: Enter asks for a link. */
export function linkForEachLine(input: NodeJS.ReadableStream, print: () => void): Disposable {
  const onData = (chunk: Buffer | string) => {
    const lines = String(chunk).split('\n').length - 1;
    for (let line = 0; line < Math.min(lines, limits.browser.tokens); line += 1) print();
  };
  // A terminal that was closed: the signal that comes with it is heard elsewhere.
  const onError = () => undefined;
  input.on('data', onData).on('error', onError);
  return {
    [Symbol.dispose]() {
      input.off('data', onData).off('error', onError).pause();
    },
  };
}

/**
 * Standard input, if it can be read: a shell stops a job of its background (`binnacle serve &`) that reads from its
 * terminal.
 */
export function readableInput(stdin: ReadStream | NodeJS.ReadableStream): NodeJS.ReadableStream | null {
  const isTerminal = 'isTTY' in stdin && stdin.isTTY;
  return isTerminal && isInBackground(ownStat()) ? null : stdin;
}

/** @param stat a line of proc(5), /proc/PID/stat, where only Linux has one; empty: not known */
export function isInBackground(stat: string): boolean {
  // pid (name) state ppid pgrp session tty_nr tpgid …; a name may hold anything.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group !== undefined && foreground !== undefined && foreground !== '-1' && group !== foreground;
}

function ownStat(): string {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return '';
  }
}
