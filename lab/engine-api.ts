import { Agent, type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/**
 * The engine's API over its socket, as the lab needs it: no version, no retries. The lab does not use Binnacle's own
 * client, because it is what that client is measured against.
 */
export interface EngineApi extends Disposable {
  /** @throws Error with the engine's own message where the answer is not 2xx */
  get<T>(path: string): Promise<T>;
  /** The answer, parsed; an empty object where it is empty. */
  post<T>(path: string, body?: object): Promise<T>;
  delete(path: string): Promise<void>;
  /** Posts a stream, and resolves with the answer's text once the engine has taken all of it. */
  upload(path: string, body: Readable): Promise<string>;
}

/** At most 8 requests at a time; those beyond wait their turn. */
export function engineApi(socketPath: string): EngineApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });

  async function send(method: string, path: string, body?: object | Readable): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const isStream = body !== undefined && 'pipe' in body;
    const headers = { 'content-type': isStream ? 'application/x-tar' : 'application/json' };
    const question = request({ agent, socketPath, method, path, headers }, resolve);
    question.on('error', reject);
    if (isStream) pipeline(body, question).catch(reject);
    else question.end(body === undefined ? undefined : JSON.stringify(body));
    const answer = await promise;
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw new Error(`${method} ${path}: the engine answered ${status}: ${(await text(answer)).trim()}`);
  }

  async function parsed<T>(answer: IncomingMessage): Promise<T> {
    if (answer.headers['content-type']?.startsWith('application/json')) return (await json(answer)) as T;
    await text(answer);
    return {} as T;
  }

  return {
    get: async <T>(path: string) => parsed<T>(await send('GET', path)),
    post: async <T>(path: string, body?: object) => parsed<T>(await send('POST', path, body)),
    delete: async (path) => void (await text(await send('DELETE', path))),
    upload: async (path, body) => text(await send('POST', path, body)),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
