import { StringDecoder } from 'node:string_decoder';
import { AppError, abortError } from '../../kernel/errors.ts';
import type { TerminalStreams } from './terminal.ts';

/** Lines from a terminal, one question at a time. */
export interface LineInput {
  /** `show` prints the question. */
  line(show: () => void, maxChars: number, signal: AbortSignal): Promise<string>;
  /** `show` is called once nothing is echoed any more: an answer may come in the same moment. */
  secret(show: () => void, maxChars: number, signal: AbortSignal): Promise<string>;
}

/**
 * Lines from `stdin`. Not node:readline, which echoes what it reads, keeps a history of it, and loses what was
 * typed ahead for the next question when it is closed.
 */
export function createLineInput(stdin: TerminalStreams['stdin'], interrupt: () => void): LineInput {
  /** Typed ahead: read, but not asked for yet. */
  let ahead = '';
  let ended = false;

  const read = (secret: boolean, show: () => void, maxChars: number, signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal));
      const editor = createEditor(secret, maxChars);
      const decoder = new StringDecoder('utf8');
      const wasRaw = stdin.isRaw === true;

      const finish = (settle: () => void) => {
        stdin.off('data', onData);
        stdin.off('end', onEnd);
        stdin.off('error', onEnd);
        signal.removeEventListener('abort', onAbort);
        stdin.pause();
        if (secret) stdin.setRawMode?.(wasRaw);
        settle();
      };
      const take = (text: string): boolean => {
        const outcome = editor.take(text);
        if (outcome === null) return false;
        ahead = outcome.rest;
        finish(() => ('error' in outcome ? reject(outcome.error) : resolve(outcome.line)));
        // A raw terminal makes no signal of Ctrl-C; whoever presses it means the whole command, not one question.
        if ('interrupt' in outcome) interrupt();
        return true;
      };
      const onData = (chunk: Buffer | string) => void take(typeof chunk === 'string' ? chunk : decoder.write(chunk));
      const onEnd = () => {
        ended = true;
        finish(() => reject(cancelled('The input ended before the question was answered.')));
      };
      const onAbort = () => finish(() => reject(abortError(signal)));

      if (secret) stdin.setRawMode?.(true);
      show();
      stdin.on('data', onData);
      stdin.on('end', onEnd);
      stdin.on('error', onEnd);
      signal.addEventListener('abort', onAbort, { once: true });
      const typedAhead = ahead;
      ahead = '';
      if (typedAhead !== '' && take(typedAhead)) return;
      if (ended) return onEnd();
      stdin.resume();
    });

  return {
    line: (show, maxChars, signal) => read(false, show, maxChars, signal),
    secret: (show, maxChars, signal) => read(true, show, maxChars, signal),
  };
}

type Answer = { readonly line: string } | { readonly error: AppError; readonly interrupt?: true };
type Outcome = Answer & { readonly rest: string };

/** What the terminal's own line editing does, done by hand where it is off (raw, for a secret). */
function createEditor(raw: boolean, maxChars: number): { take(text: string): Outcome | null } {
  let typed: string[] = [];
  let sequence: 'none' | 'begun' | 'open' = 'none';

  const key = (char: string): Outcome | null => {
    const done = (answer: Answer): Outcome => ({ rest: '', ...answer });
    if (char === '\n' || char === '\r') return done({ line: typed.join('') });
    if (raw) {
      if (char === '\x03') return done({ error: cancelled('It was cancelled.'), interrupt: true });
      if (char === '\x04') {
        return typed.length === 0 ? done({ error: cancelled('It was cancelled.') }) : done({ line: typed.join('') });
      }
      if (char === '\x7f' || char === '\b') {
        typed.pop();
        return null;
      }
      if (char === '\x15') {
        typed = [];
        return null;
      }
      // Arrow keys and the like arrive as ESC [ … letter, or ESC O letter: no part of a passphrase.
      if (char === '\x1b') {
        sequence = 'begun';
        return null;
      }
      if (sequence !== 'none') {
        const goesOn = sequence === 'begun' ? /[[O]/.test(char) : /[0-9;?]/.test(char);
        sequence = goesOn ? 'open' : 'none';
        return null;
      }
    }
    if (typed.length >= maxChars) {
      return done({
        error: new AppError('USAGE', `The answer is longer than ${maxChars} characters.`, {
          hint: 'Check what was pasted.',
        }),
      });
    }
    typed.push(char);
    return null;
  };

  return {
    take(text) {
      const chars = [...text];
      for (const [index, char] of chars.entries()) {
        const outcome = key(char);
        if (outcome === null) continue;
        const rest = chars.slice(index + 1).join('');
        // The line break of a terminal that sends two, as pasted text from Windows does.
        return { ...outcome, rest: char === '\r' ? rest.replace(/^\n/, '') : rest };
      }
      return null;
    },
  };
}

function cancelled(message: string): AppError {
  return new AppError('CANCELLED', message);
}
