import type { ClientRequest, IncomingMessage } from 'node:http';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { GateEntry } from './gate.ts';

/**
 * Ends the request with an AppError when its answer takes too long, grows too large, or `closing` is aborted.
 * @returns aborted with that error while the request has no channel yet, through which it could be ended
 */
export function superviseAnswer(request: ClientRequest, entry: GateEntry, closing: AbortSignal): AbortSignal {
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
  closing.addEventListener('abort', close, { once: true });
  request.once('close', () => {
    clearTimeout(deadline);
    closing.removeEventListener('abort', close);
  });
  request.once('response', (response) => {
    answer = response;
    // Who reads the body is told by the response. Node tells the request as well, where nobody listens any more by then.
    response.on('error', () => {});
    request.on('error', () => {});
    const ok = response.statusCode === 200;
    if (entry.stream && ok) {
      clearTimeout(deadline);
      return;
    }
    const maxBytes = ok ? entry.maxAnswerBytes : limits.engine.smallAnswerBytes;
    boundBody(response, maxBytes, () => fail(grewTooLarge(entry, maxBytes)));
  });
  return opening.signal;
}

/** Counts where Node's parser hands the body over, so that nothing has to be read to be counted, nor held. */
function boundBody(response: IncomingMessage, maxBytes: number, exceeded: () => void): void {
  if (Number(response.headers['content-length']) > maxBytes) {
    exceeded();
    return;
  }
  let bytes = 0;
  const push = response.push.bind(response);
  response.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    bytes += chunk?.length ?? 0;
    if (bytes <= maxBytes) return push(chunk, encoding);
    exceeded();
    return false;
  };
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
