import type { ErrorCode } from '#contract/errors.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import type { LinkOptions } from './link.ts';

/**
 * What another try sees to be mended over the same connection. Nothing of what sshd decides by its settings, the key or the
 * groups of the user: a connection keeps those it was let in with, and is needed anew to get others.
 */
const SEEN_ANEW: ReadonlySet<ErrorCode> = new Set([
  'SOCKET_MISSING',
  'SOCKET_REFUSED',
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_ANSWER_INVALID',
  'ENGINE_ANSWER_TOO_LARGE',
  'ENGINE_DENIED',
  'ENGINE_NOT_FOUND',
  'ENGINE_ERROR',
  'API_TOO_OLD',
  'API_TOO_NEW',
]);

interface AgainOptions extends Pick<LinkOptions, 'signal' | 'again'> {
  /** A person asks for the first try. */
  readonly isWished: boolean;
  /** Resolves when the connection below has ended. */
  readonly ended: Promise<AppError | null>;
}

/**
 * Opens an engine, as often as `again` has it tried: a login for each try of an engine that hangs would be many. `open` is
 * told whether a person asks for the try.
 * @throws AppError what `open` rejects with; CONNECTION_LOST where the connection has ended in a wait; the signal's own
 */
export async function openAgain<Opened>(
  open: (isWished: boolean) => Promise<Opened>,
  { signal, again = null, isWished: first, ended }: AgainOptions,
): Promise<Opened> {
  const end = new AbortController();
  void ended.then((why) => end.abort(why ?? new AppError('CONNECTION_LOST', 'The connection was closed.')));
  const over = AbortSignal.any([signal, end.signal]);
  for (let isWished = first; ; ) {
    try {
      return await open(isWished);
    } catch (error) {
      if (again === null || !(error instanceof AppError) || !SEEN_ANEW.has(error.code)) throw error;
      if (over.aborted) throw abortError(over);
      isWished = await again(error, over);
    }
  }
}
