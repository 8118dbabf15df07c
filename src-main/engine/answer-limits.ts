import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { CallCost } from './costs.ts';
import type { GateEntry } from './gate.ts';

interface Supervision {
  /** Ends it when aborted. */
  readonly closing: AbortSignal;
  /** The answer goes on until somebody ends it: its deadline is for its head. */
  readonly isEndless: boolean;
  /** What is measured of it goes there. */
  readonly cost: CallCost;
  readonly clock: Clock;
}

/**
 * Ends the request with an AppError when its answer takes too long, grows too large, or `closing` is aborted.
 * @returns aborted with that error, or when the request is destroyed, while it has no channel yet through which it
 *   could be ended
 */
export function superviseAnswer(
  request: ClientRequest,
  entry: GateEntry,
  { closing, isEndless, cost, clock }: Supervision,
): AbortSignal {
  const opening = new AbortController();
  let answer: IncomingMessage | null = null;
  const fail = (error: AppError): void => {
    if (answer !== null) answer.destroy(error);
    else if (request.socket) request.destroy(error);
    else opening.abort(error);
  };
  // Not a Clock's sleep: that is a promise and an AbortController for each of hundreds of requests a second, and the
  // agent's idle channels need a timer that does not keep the process. Tests own both through vitest's timers.
  const deadlineMs = entry.deadlineMs(request.path);
  const deadline = setTimeout(() => fail(tookTooLong(entry, deadlineMs)), deadlineMs);
  const close = () => fail(abortError(closing));
  // Node tells nobody of a request that was destroyed before it had a channel: it would be opened all the same.
  const destroy = request.destroy.bind(request);
  request.destroy = (error) => {
    if (!request.socket) opening.abort(error);
    return destroy(error);
  };
  let sentAt = clock.monotonic();
  let isAnswered = false;
  const answered = () => {
    isAnswered = true;
    cost.answered(clock.monotonic() - sentAt);
  };
  cost.count += 1;
  request.once('socket', () => {
    sentAt = clock.monotonic();
  });
  closing.addEventListener('abort', close, { once: true });
  request.once('close', () => {
    clearTimeout(deadline);
    closing.removeEventListener('abort', close);
    if (!isAnswered || (answer?.statusCode ?? 0) >= 400) cost.failed += 1;
  });
  request.once('response', (response) => {
    answer = response;
    // Who reads the body is told by the response. Node tells the request as well, where nobody listens any more by then.
    response.on('error', () => {});
    request.on('error', () => {});
    const ok = response.statusCode === 200;
    const isBounded = !(entry.stream && ok);
    const maxBytes = ok ? entry.maxAnswerBytes : limits.engine.smallAnswerBytes;
    if (isEndless && ok) {
      clearTimeout(deadline);
      answered();
    }
    if (isBounded && Number(response.headers['content-length']) > maxBytes) {
      fail(grewTooLarge(entry, maxBytes));
      return;
    }
    let bytes = 0;
    onBody(response, (length) => {
      if (length === null) {
        if (!isAnswered) answered();
        return true;
      }
      bytes += length;
      cost.bytes += length;
      if (!isBounded || bytes <= maxBytes) return true;
      fail(grewTooLarge(entry, maxBytes));
      return false;
    });
  });
  return opening.signal;
}

/**
 * Looks on where Node's parser hands the body over, so that nothing has to be read to be counted, nor held.
 * @param take is given each piece's length, and null at the end; a piece it says no to goes no further
 */
function onBody(response: IncomingMessage, take: (length: number | null) => boolean): void {
  const push = response.push.bind(response);
  response.push = (chunk: Buffer | null, encoding?: BufferEncoding) =>
    take(chunk === null ? null : chunk.length) && push(chunk, encoding);
}

function tookTooLong(entry: GateEntry, deadlineMs: number): AppError {
  const seconds = deadlineMs / 1000;
  return new AppError('ENGINE_TIMEOUT', `The engine did not answer “${entry.name}” within ${seconds} s.`, {
    details: { call: entry.name },
    hint:
      entry.effect === 'read'
        ? 'Check on the host that the engine still responds, for example with “docker ps”.'
        : 'It may have been done, or still be under way: look at the container before you ask for it again.',
  });
}

function grewTooLarge(entry: GateEntry, maxBytes: number): AppError {
  const message = `The engine's answer to “${entry.name}” is larger than Binnacle reads, and was broken off.`;
  return new AppError('ENGINE_ANSWER_TOO_LARGE', message, {
    details: { call: entry.name, maxBytes },
    hint: 'Check that the socket belongs to a Docker or Podman engine.',
  });
}
