import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/** What the transport throws, as an AppError; `call` names the request, as in `list containers`. A bug stays what it is. */
export function translateError(error: unknown, call: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code.startsWith('HPE_')) {
    const seen = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : Buffer.alloc(0);
    return invalidAnswer(call, 'it is not HTTP', seen, error);
  }
  if (!isBroken(error)) return error;
  return new AppError('ENGINE_UNREACHABLE', `The engine closed the connection before it had answered “${call}”.`, {
    details: { call },
    hint: 'It may be restarting. If it stays so, look at its log on the host.',
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isBroken(error: unknown): boolean {
  return BROKEN.has(codeOf(error));
}

/** A proxy's answer in place of the engine's: what was asked may have been done. */
export function brokenOff(call: string, status: number): AppError {
  const message = `What is in front of the engine did not hear from it how “${call}” ended (${status}).`;
  return new AppError('ENGINE_UNREACHABLE', message, {
    details: { call, status },
    hint: 'Let the proxy wait longer than containers take to stop.',
  });
}

/** `error` of a change of which nothing has left this machine: whatever the error, it was not done. */
export function notSent({ code, message, details, hint, cause }: AppError): AppError {
  return new AppError(code, message, {
    details: { ...details, sent: false },
    ...(hint === null ? {} : { hint }),
    cause,
  });
}

/** Whether {@link notSent} says so. Where it does not, it may have been sent. */
export function wasNotSent({ details }: AppError): boolean {
  return details.sent === false;
}

// A socket that ended before its time: reset, closed without an answer, closed in the middle of one, gone when written to.
const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** @param what what is wrong with it, as in `it is not JSON`  @param seen the answer, of which the beginning is shown; null where there is none */
export function invalidAnswer(call: string, what: string, seen: Buffer | string | null, cause?: unknown): AppError {
  // Four bytes a character is all UTF-8 needs: a hostile gigabyte is not decoded to show its first line.
  const start = Buffer.isBuffer(seen) ? seen.subarray(0, SEEN_CHARS * 4).toString('utf8') : (seen ?? '');
  const shown = visibleText(start, SEEN_CHARS);
  const empty = seen === null ? '' : ' It is empty.';
  const begins = shown === '' ? empty : ` It begins with “${shown}”.`;
  return new AppError('ENGINE_ANSWER_INVALID', `The answer to “${call}” is not one of an engine: ${what}.${begins}`, {
    details: { call, seen: shown },
    hint: 'Check that the socket belongs to a Docker or Podman engine.',
    cause,
  });
}

const SEEN_CHARS = 80;

/** @param what what there are too many of, as in `containers` */
export function tooManyEntries(call: string, what: string, most: number): AppError {
  const message = `The engine's answer to “${call}” has more than ${most.toLocaleString('en')} ${what}, which is more than Binnacle reads.`;
  return new AppError('ENGINE_ANSWER_TOO_LARGE', message, {
    details: { call, what, most },
    hint: 'Check that the socket belongs to a Docker or Podman engine.',
  });
}

/** An answer that is not 200 (to a change: not 204 or 304), as an AppError; see EngineClient for the codes. */
export function statusError(call: string, status: number, body: Buffer): AppError {
  const said = engineMessage(body);
  const details = { call, status, said };
  if (status === 401 || status === 403) {
    return new AppError('ENGINE_DENIED', `“${call}” is denied on this host (${status}): ${said}`, {
      details,
      hint: 'Something in front of the engine, such as a socket proxy, allows only certain requests. Allow this one there.',
    });
  }
  if (status === 404) {
    return new AppError('ENGINE_NOT_FOUND', `The engine does not know what “${call}” asks for: ${said}`, {
      details,
      hint: 'It may have been removed meanwhile.',
    });
  }
  if (status >= 400) {
    return new AppError('ENGINE_ERROR', `The engine could not do “${call}” (${status}): ${said}`, {
      details,
      hint: 'The engine’s log on the host may say more.',
    });
  }
  return invalidAnswer(call, `it has the status ${status}`, body);
}

/**
 * As {@link statusError}, of a read: a proxy that hears nothing from the engine must not pass for the engine. (Of a change,
 * 503 says that it was not done.)
 */
export function readError(call: string, status: number, body: Buffer): AppError {
  const { said, isEngine } = reading(body);
  if (!GATEWAY.has(status) || isEngine) return statusError(call, status, body);
  const words = said || 'no reason given';
  const message = `What is in front of the engine does not get through to it with “${call}” (${status}): ${words}`;
  return new AppError('ENGINE_UNREACHABLE', message, {
    details: { call, status, said: words },
    hint: 'A proxy answers in the engine’s place. Check on the host that the engine is running.',
  });
}

/**
 * As {@link readError}, while it is not known yet that it is an engine: one that fails says so in its own form, and what
 * speaks TLS at the port is told as that.
 */
export function greetingError(call: string, status: number, body: Buffer): AppError {
  const { said, isEngine } = reading(body);
  // Go's net/http, which dockerd and podman serve with; nginx.
  if (status === 400 && /HTTP request .*to (?:an )?HTTPS (?:server|port)/i.test(said)) {
    return new AppError('ENGINE_ANSWER_INVALID', 'What answers there speaks TLS, and Binnacle does not.', {
      details: { call, status, said },
      hint:
        "SSH encrypts the way already: name the engine's socket in the target, or the port of a socket proxy without TLS " +
        'that listens on 127.0.0.1 of the host alone.',
    });
  }
  const isOwn = isEngine || GATEWAY.has(status) || status === 401 || status === 403;
  return isOwn ? readError(call, status, body) : invalidAnswer(call, `it has the status ${status}`, body);
}

/** What is thrown where nobody was known to be there, and hung up. @throws AppError, or `error` itself */
export function hungUp(error: unknown): never {
  const isHangUp = error instanceof AppError && error.code === 'ENGINE_UNREACHABLE' && isBroken(error.cause);
  if (!isHangUp) throw error;
  throw new AppError('ENGINE_UNREACHABLE', 'What answers there hung up before it had said what it is.', {
    details: error.details,
    hint: 'The engine may be restarting, or it may be no engine. If it stays so, look on the host at what listens there.',
    cause: error.cause,
  });
}

// RFC 9110, 15.6.3 to 15.6.5: what a proxy says of a server behind it that does not answer.
const GATEWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** What the engine says in `{"message": …}`, Podman in `{"cause": …}` too, and a proxy in plain text or HTML. */
export function engineMessage(body: Buffer): string {
  return reading(body).said || 'no reason given';
}

/** `said`: empty where there are no words. `isEngine`: it is said as an engine says it, and no proxy. */
function reading(body: Buffer): { readonly said: string; readonly isEngine: boolean } {
  const text = body.toString('utf8');
  const message = messageField(text);
  const words = message ?? (/^\s*</.test(text) ? heading(text) : text.trim());
  return { said: visibleText(words, limits.text.reasonChars), isEngine: message !== null };
}

/** Of a web page its title, or else its first heading: the rest says nothing to anybody. HAProxy: `<h1>403 Forbidden</h1>`. */
function heading(page: string): string {
  const start = page.slice(0, PAGE_CHARS);
  const found = /<title\b[^<>]*>([^<]*)</i.exec(start) ?? /<h1\b[^<>]*>([^<]*)</i.exec(start);
  // The status is said already.
  return (found?.[1] ?? '')
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^\d{3} (?=.)/, '');
}

const PAGE_CHARS = 4_096;

function messageField(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && 'message' in json ? String(json.message).trim() : null;
  } catch {
    return null;
  }
}
