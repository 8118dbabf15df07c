import { connect } from 'node:net';
import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { bounded } from '../bounded.ts';
import { systemCode } from '../errors.ts';
import { ONLY_SHA1 } from './lent-key.ts';

/** draft-miller-ssh-agent: the only two requests we make, and their answers. */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const RSA_SHA2 = {
  sha256: { flag: 2, algorithm: 'rsa-sha2-256' },
  sha512: { flag: 4, algorithm: 'rsa-sha2-512' },
} as const;

/** A key the agent holds and ssh2 cannot use: a security key (`sk-…`), a certificate, DSA. */
export interface UnusableIdentity {
  readonly type: string;
  readonly comment: string;
}

interface AgentIdentities {
  readonly keys: readonly ParsedKey[];
  readonly unusable: readonly UnusableIdentity[];
}

interface AgentOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * What the agent at `socketPath` holds, in its order. Asked for here and not by ssh2, which drops silently what it
 * cannot use (FACTS, tunnel 8), and waits for ever.
 * @throws AppError AGENT_UNREACHABLE, or the signal's own
 */
export async function listIdentities(socketPath: string, { clock, signal }: AgentOptions): Promise<AgentIdentities> {
  const late = () => agentError(socketPath, `did not answer within ${limits.ssh.agentMs / 1_000} s`);
  const bounds = { clock, ms: limits.ssh.agentMs, signals: [signal], late };
  const answer = await bounded(bounds, (over) => ask(socketPath, Buffer.of(REQUEST_IDENTITIES), over));
  try {
    return readIdentities(answer);
  } catch (error) {
    throw agentError(socketPath, 'gave an answer that is not that of an ssh-agent', error);
  }
}

/** Told when the host has accepted the key and the agent is asked for a signature, and when it has answered. */
export interface SigningListener {
  begun(): void;
  /** `problem`: what went wrong; null: it signed. */
  ended(problem: string | null): void;
}

/**
 * One of the agent's keys, as ssh2 asks for it: an agent with a single identity, so that what is offered, and in
 * which order, is decided here.
 */
export class AgentIdentity extends ssh2.BaseAgent<ParsedKey> {
  readonly #socketPath: string;
  readonly #key: ParsedKey;
  readonly #signal: AbortSignal;
  readonly #listener: SigningListener;

  /** `signal`: ends a signing, for which an agent that asks a person may take any time. */
  constructor(socketPath: string, key: ParsedKey, signal: AbortSignal, listener: SigningListener) {
    super();
    this.#socketPath = socketPath;
    this.#key = key;
    this.#signal = signal;
    this.#listener = listener;
  }

  override getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    callback(null, [this.#key]);
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback) {
    const done = typeof options === 'function' ? options : callback;
    const hash = typeof options === 'function' ? undefined : options.hash;
    this.#listener.begun();
    sign(this.#socketPath, key, data, hash, this.#signal).then(
      (signature) => {
        this.#listener.ended(null);
        done?.(null, signature);
      },
      (error: unknown) => {
        const problem = error instanceof Error ? error : new Error(String(error));
        this.#listener.ended(problem.message);
        done?.(problem);
      },
    );
  }
}

async function sign(
  socketPath: string,
  key: ParsedKey,
  data: Buffer,
  hash: string | undefined,
  signal: AbortSignal,
): Promise<Buffer> {
  const isRsa = key.type === 'ssh-rsa';
  const rsa = hash === 'sha256' || hash === 'sha512' ? RSA_SHA2[hash] : null;
  // ssh2 falls back to SHA-1 for a server that names nothing better; such a signature is not given.
  if (isRsa && rsa === null) throw new Error(ONLY_SHA1);
  const request = [
    Buffer.of(SIGN_REQUEST),
    field(key.getPublicSSH()),
    field(data),
    uint32(isRsa && rsa ? rsa.flag : 0),
  ];
  const answer = await ask(socketPath, Buffer.concat(request), signal);
  if (answer[0] !== SIGN_RESPONSE) throw new Error('ssh-agent refused to sign');
  const signature = new Fields(new Fields(answer.subarray(1)).next());
  const algorithm = signature.next().toString('latin1');
  if (algorithm !== (isRsa && rsa ? rsa.algorithm : key.type)) {
    throw new Error(`ssh-agent signed with ${visibleText(algorithm, 40)}, which was not asked for`);
  }
  return signature.next();
}

function readIdentities(answer: Buffer): AgentIdentities {
  if (answer[0] !== IDENTITIES_ANSWER) throw new Error(`message type ${answer[0]}`);
  const fields = new Fields(answer.subarray(5));
  const keys: ParsedKey[] = [];
  const unusable: UnusableIdentity[] = [];
  for (let count = answer.readUInt32BE(1); count > 0; count -= 1) {
    const blob = fields.next();
    const comment = visibleText(fields.next().toString(), limits.text.labelChars);
    const key = ssh2.utils.parseKey(blob);
    if (key instanceof Error || key.type === 'ssh-dss') {
      unusable.push({ type: visibleText(new Fields(blob).next().toString('latin1'), 64), comment });
    } else {
      key.comment = comment;
      keys.push(key);
    }
  }
  return { keys, unusable };
}

/** Sends one message and gives back the payload of the one answer. */
function ask(socketPath: string, message: Buffer, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const fail = (how: string, cause?: unknown) => reject(agentError(socketPath, how, cause));
  const socket = connect(socketPath);
  const stop = () => fail('was given up on');
  let received = Buffer.alloc(0);
  socket.on('error', (error) => fail(`cannot be reached (${systemCode(error) ?? error.message})`, error));
  socket.on('close', () => fail('closed the connection'));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 4) return;
    const length = received.readUInt32BE(0);
    if (length === 0 || length > limits.ssh.agentAnswerBytes) fail('gave an answer that is not that of an ssh-agent');
    else if (received.length >= 4 + length) resolve(received.subarray(4, 4 + length));
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  socket.write(field(message));
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  });
}

function agentError(socketPath: string, how: string, cause?: unknown): AppError {
  return new AppError('AGENT_UNREACHABLE', `ssh-agent at ${visibleText(socketPath)} ${how}.`, {
    details: { socket: socketPath, seen: how },
    hint: 'Check SSH_AUTH_SOCK and that "ssh-add -l" works, or name a key file with --identity.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Reads SSH's length-prefixed strings one after the other. */
class Fields {
  readonly #data: Buffer;
  #offset = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** @throws RangeError where the data is cut short */
  next(): Buffer {
    const start = this.#offset + 4;
    const end = start + this.#data.readUInt32BE(this.#offset);
    if (end > this.#data.length) throw new RangeError('A field ends beyond its message.');
    this.#offset = end;
    return this.#data.subarray(start, end);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const field = (data: Buffer) => Buffer.concat([uint32(data.length), data]);
