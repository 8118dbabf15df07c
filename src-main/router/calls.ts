import { AsyncIteratorClass, ORPCError } from '@orpc/server';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Session } from './connection.ts';
import { contractError, procedureError } from './errors.ts';
import type { Services } from './services.ts';

interface Call {
  readonly context: { readonly session: Session };
  readonly path: readonly string[];
  next(): Promise<unknown>;
}

/** What becomes of a request that reaches no procedure. */
export async function answerRequest<R extends { readonly matched: boolean }>(next: () => Promise<R>): Promise<R> {
  const result = await next().catch((error: unknown) => {
    if (error instanceof ORPCError && error.defined) throw error;
    // A procedure's own errors are all defined, and its answer is plain data: what failed is reading what was sent.
    throw refused('The request cannot be read.');
  });
  if (!result.matched) throw refused('This version of Binnacle knows no such request.');
  return result;
}

/**
 * A call of a procedure, before its input is looked at: admits it, and turns what it throws, or what an iterator it
 * returns throws later, into the errors of the contract.
 */
export async function answerCall({ context: { session }, path, next }: Call, services: Services): Promise<unknown> {
  const translated = (error: unknown) => contractError(procedureError(error, path, services));
  session.calls += 1;
  try {
    admit(session, path);
    const answer = await next();
    return isIterator(answer) ? plainIterator(answer, translated) : new Plain(answer);
  } catch (error) {
    throw translated(error);
  } finally {
    session.calls -= 1;
  }
}

function admit({ handshake, calls }: Session, path: readonly string[]): void {
  if (handshake === 'too many connections') {
    throw new AppError('TOO_MANY', `Binnacle already has ${limits.router.connections} windows open.`, {
      hint: 'Close a window or a tab that is not needed, then load this one again.',
      details: { most: limits.router.connections },
    });
  }
  if (calls > limits.router.calls) {
    throw new AppError('TOO_MANY', `This window waits for ${limits.router.calls} answers already.`, {
      hint: 'Wait for them; where none comes, load the window again.',
      details: { most: limits.router.calls },
    });
  }
  if (handshake === 'awaited' && path.join('.') !== 'session.hello') {
    throw new AppError('CONTRACT_MISMATCH', 'This window has not said which version it speaks.', {
      hint: 'Load the window again.',
      details: { core: CONTRACT_VERSION },
    });
  }
}

function refused(message: string): ORPCError<string, unknown> {
  return contractError(new AppError('REQUEST_INVALID', message, { hint: 'Load the window again.' }));
}

function isIterator(answer: unknown): answer is AsyncIterator<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer && 'next' in answer;
}

/** Its values as they are sent, its errors as the contract has them. */
function plainIterator(iterator: AsyncIterator<unknown>, translated: (error: unknown) => Error) {
  return new AsyncIteratorClass<unknown>(
    async () => {
      try {
        const { done, value } = await iterator.next();
        return { done: done === true, value: new Plain(value) };
      } catch (error) {
        throw translated(error);
      }
    },
    async () => void (await iterator.return?.()),
  );
}

/**
 * An answer its schema has taken: plain data, of which JSON keeps everything. oRPC leaves an object that is not plain
 * to JSON; a plain one it would walk through for dates, files and the like, which costs more than all the rest of
 * sending it.
 */
class Plain {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  toJSON(): unknown {
    return this.#value;
  }
}
