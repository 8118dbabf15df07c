import type { Client } from 'ssh2';
import { AppError } from '../kernel/errors.ts';

/**
 * What ssh2 1.17 knows of a login and tells nobody, read at its protocol object, which has one handler a message. The
 * handlers are looked up at each message, so that one put there is called from then on, and packets of other kinds cost
 * nothing. There is no public way: after a key of an agent the client drops which methods are left and whether the key
 * was taken (client.js, USERAUTH_FAILURE), and debug messages pass only through a log of every packet.
 */
interface Handlers {
  USERAUTH_FAILURE?: (protocol: unknown, methods: string[] | undefined, partial: boolean) => void;
  USERAUTH_INFO_REQUEST?: (protocol: unknown, title: string, instructions: string, prompts: unknown) => void;
  DEBUG?: (protocol: unknown, display: boolean, message: string) => void;
}

/** After `connect`: `listener` is told of each refusal (RFC 4252, 5.1) in place of the client, and begins what is next. */
export function hearRefusals(client: Client, listener: (methods: readonly string[], partial: boolean) => void): void {
  handlersOf(client).USERAUTH_FAILURE = (_protocol, methods, partial) => listener(methods ?? [], partial);
}

/** A round of keyboard-interactive (RFC 4256, 3.2), in the host's own words; `questions`: how many, perhaps none. */
export interface Round {
  readonly title: string;
  readonly instructions: string;
  readonly questions: number;
}

/** After `connect`: rounds of keyboard-interactive go on only where `mayGoOn` says so, also those without a question. */
export function guardRounds(client: Client, mayGoOn: (round: Round) => boolean): void {
  const handlers = handlersOf(client);
  const next = handlers.USERAUTH_INFO_REQUEST;
  handlers.USERAUTH_INFO_REQUEST = (protocol, title, instructions, prompts) => {
    const questions = Array.isArray(prompts) ? prompts.length : 0;
    if (mayGoOn({ title, instructions, questions })) next?.(protocol, title, instructions, prompts);
  };
}

/**
 * After the `handshake` event: whether both sides do strict key exchange (OpenSSH's PROTOCOL, 1.10). ssh2 offers it
 * always and keeps to it where the server does; it tells so only in a log of every packet.
 */
export function isStrict(client: Client): boolean {
  const { _protocol: protocol } = client as Client & { _protocol?: { _strictMode?: unknown } };
  const strict = protocol?._strictMode;
  if (typeof strict !== 'boolean') throw otherSsh2();
  return strict;
}

/** After `connect`: `listener` is told of each SSH_MSG_DEBUG (RFC 4253, 11.3), for as long as the connection stands. */
export function hearDebug(client: Client, listener: (message: string) => void): void {
  handlersOf(client).DEBUG = (_protocol, _display, message) => listener(message);
}

function handlersOf(client: Client): Handlers {
  const { _protocol: protocol } = client as Client & { _protocol?: { _handlers?: Handlers } };
  const handlers = protocol?._handlers;
  if (typeof handlers?.USERAUTH_FAILURE !== 'function' || typeof handlers.USERAUTH_INFO_REQUEST !== 'function') {
    throw otherSsh2();
  }
  return handlers;
}

function otherSsh2(): AppError {
  return new AppError('INTERNAL', 'This ssh2 does not handle messages as the one Binnacle was made for.');
}
