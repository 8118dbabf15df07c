import fc from 'fast-check';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import { hostileBody, KINDS } from './answers.fuzz.cases.fixture.ts';
import { networksFrom, parseJson, sampleFrom } from './answers.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';
import { engineMessage, readError, statusError } from './errors.ts';
import { parseEvent } from './events.ts';
import { renegotiate } from './negotiation.ts';

export const ID = 'a'.repeat(64);

export const asJson = (body: Buffer) => parseJson({ call: 'list containers', body });
export const answer = (status: number, body: Buffer) => ({ call: 'list containers', status, headers: {}, body });

/** Everything that reads what an engine says. Each returns, or throws an AppError. */
const READERS: readonly ((body: Buffer) => unknown)[] = [
  (body) => summariesFrom(asJson(body)),
  (body) => detailFrom(asJson(body)),
  (body) => sampleFrom(ID, asJson(body)),
  (body) => networksFrom(asJson(body)),
  (body) => parseEvent(body.toString('utf8')),
  (body) => renegotiate(answer(400, body)),
  (body) => engineMessage(body),
  (body) => statusError('ping', 403, body),
  (body) => readError('ping', 503, body),
];
export const CODES: ReadonlySet<ErrorCode> = new Set([
  'ENGINE_ANSWER_INVALID',
  'ENGINE_ANSWER_TOO_LARGE',
  'ENGINE_DENIED',
  'ENGINE_ERROR',
  'ENGINE_UNREACHABLE',
  'ENGINE_NOT_FOUND',
  'API_TOO_OLD',
  'API_TOO_NEW',
]);
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must never reach a screen
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** What is wrong with how a reader ended; null: nothing. */
function complaint(read: () => unknown): string | null {
  const began = performance.now();
  const problem = (() => {
    try {
      const value = read();
      if (value instanceof AppError) return unfit(value);
      return hasNoNumber(value) ? 'it has a number that is none' : null;
    } catch (error) {
      return error instanceof AppError ? unfit(error) : `it threw ${String(error)}`;
    }
  })();
  return problem ?? (performance.now() - began > 2_000 ? 'it took seconds' : null);
}

export function unfit({ code, message, hint }: AppError): string | null {
  if (!CODES.has(code)) return `it is ${code}`;
  if (message.length > 1_000) return 'its message is a flood';
  return HIDDEN.test(`${message}${hint}`) ? 'its message hides something' : null;
}

function hasNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNoNumber);
}

/**
 * Gives answers that are damaged or of another kind to everything that reads one. How many were read, and how many refused.
 * @throws Error for the first that did harm, with the answer
 */
export function fuzzAnswers({ cases, seed }: { readonly cases: number; readonly seed?: number }) {
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(hostileBody(KINDS), fc.nat(READERS.length - 1), (body, which) => {
      const read = READERS[which] ?? asJson;
      const wrong = complaint(() => {
        try {
          const value = read(body);
          outcomes.read += 1;
          return value;
        } catch (error) {
          outcomes.refused += 1;
          throw error;
        }
      });
      if (wrong !== null) throw new Error(wrong);
    }),
    { numRuns: cases, ...(seed === undefined ? {} : { seed }) },
  );
  return outcomes;
}
