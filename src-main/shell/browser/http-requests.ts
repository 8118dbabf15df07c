import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';
import type { Brake } from './brake.ts';
import type { PageFile } from './files.ts';
import { cookieName, cookiesOf, isAllowed, type Place } from './request-rules.ts';
import { safetyHeaders } from './response-headers.ts';
import type { SessionGuard } from './session-guard.ts';

/** What answers are made of. */
export interface RequestContext {
  readonly place: Place;
  readonly port: number;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly guard: SessionGuard;
  readonly brake: Brake;
  /** Whether a process of the operator is at the other end of `request`. */
  readonly isOwnUser: (request: IncomingMessage) => boolean;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
}

const SessionRequest = z.strictObject({ token: z.string() });

/**
 * Answers one plain request: a file of the page, or `POST /session` with `{token}` for `{secret}` and the cookie.
 * Whatever is wrong is refused with a status and nothing else.
 */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<void> {
  const refuse = (status: number) => send(response, status, { connection: 'close' }, context);
  if (!isAllowed(request, false, context.place)) return refuse(403);
  if (request.url === '/session') {
    if (request.method !== 'POST') return refuse(405);
    return await openSession(request, response, context, refuse);
  }
  const file = context.files.get(request.url ?? '');
  if (file === undefined) return refuse(404);
  if (request.method !== 'GET') return refuse(405);
  sendFile(request, response, file, context);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile, context: RequestContext): void {
  const headers = { etag: file.etag, 'cache-control': file.cacheControl };
  const isKnown = request.headers['if-none-match'] === file.etag;
  if (isKnown) send(response, 304, headers, context);
  else send(response, 200, { ...headers, 'content-type': file.type }, context, file.body);
}

async function openSession(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
  refuse: (status: number) => void,
): Promise<void> {
  // What a form or a script of another page can send without asking has other types.
  if (request.headers['content-type'] !== 'application/json') return refuse(415);
  const body = await readBody(request);
  if (body === null) return refuse(413);
  const asked = parse(body);
  if (asked === null) return refuse(400);
  const cookies = cookiesOf(request, cookieName(context.port));
  const admission = context.guard.redeem(asked.token, cookies, () => context.isOwnUser(request));
  if (admission === null) {
    await context.brake.wrong(context.signal);
    return refuse(403);
  }
  const headers = {
    'content-type': 'application/json',
    'set-cookie': `${cookieName(context.port)}=${admission.cookie}; Path=/; HttpOnly; SameSite=Strict`,
  };
  send(response, 200, headers, context, JSON.stringify({ secret: admission.secret }));
}

/** null: longer than `limits.browser.bodyBytes`; the rest of it is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > limits.browser.bodyBytes) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not `for await`, which would destroy the request, and with it the way back, on leaving it.
  return await new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.browser.bodyBytes) {
        request.removeAllListeners('data').pause();
        resolve(null);
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

function parse(body: Buffer): z.infer<typeof SessionRequest> | null {
  try {
    return SessionRequest.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  { place }: RequestContext,
  body: Buffer | string = '',
): void {
  const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...safetyHeaders(place), ...headers, ...length }).end(body);
}
