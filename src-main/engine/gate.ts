import type { HostMode } from '#contract/hosts.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/** What a host is set to (DESIGN, words): `observe` lets reads through and nothing else. */
export type { HostMode };

export interface GateEntry {
  /** For messages, as in `list containers`. */
  readonly name: string;
  readonly effect: 'read' | 'change' | 'destroy';
  readonly method: 'GET' | 'POST';
  /** The whole request target, path and query, as it goes over the wire. */
  readonly target: RegExp;
  /** Bytes of the answer's body beyond which it is ENGINE_ANSWER_TOO_LARGE; no bound for a stream's body. */
  readonly maxAnswerBytes: number;
  /** The answer goes on until somebody ends it. */
  readonly stream: boolean;
  /** Asked of many containers again and again: takes a share of the channels, and lets everything else go first. */
  readonly inBulk: boolean;
  /** Milliseconds from sending until the whole answer has to be there (of a stream: its head); beyond: ENGINE_TIMEOUT. */
  deadlineMs(target: string): number;
}

export interface GateRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** It carries a body, or headers that say more than a request of this method without one needs. */
  readonly hasBody: boolean;
}

/** The only filter of `/events` the gate knows; our own filter stands behind it (FACTS, engine 8). */
export const EVENT_FILTERS = { type: ['container', 'network'] } as const;

// 1.41 to 1.51: what negotiation may agree on.
const VERSION = '/v1\\.(?:4[1-9]|5[01])';
// What the engine itself hands out, or a prefix of it; never a name, which could be `json` or hold a `/`.
const ID = '[0-9a-f]{12,64}';
const FLAG = '(?:true|false)';
// What is changed is named in full: a prefix may come to mean another container between a plan and its run.
const WHOLE_ID = '[0-9a-f]{64}';
// Each number there is, written as we write it: no other spelling of it, and none beyond.
const GRACE = `(?<grace>${Array.from({ length: limits.actions.mostGraceSeconds + 1 }, (_, seconds) => seconds).join('|')})`;
// Seconds since 1970 with up to nine decimals.
const TIME = '[0-9]{1,10}(?:\\.[0-9]{1,9})?';
const FILTERS = encodeURIComponent(JSON.stringify(EVENT_FILTERS));

/**
 * Everything that may be asked of an engine (DESIGN, safety rule 1). A request passes when one expression matches the
 * whole of its target: keys in this order, each once, nothing encoded in a second way. An engine behind a lenient
 * router therefore never sees a path that reads differently there (CVE-2026-44848 came from such an unlisted path).
 */
export const ENGINE_GATE: readonly GateEntry[] = [
  read('ping', '/_ping', limits.engine.smallAnswerBytes),
  read('version', '/version', limits.engine.smallAnswerBytes),
  read('list containers', `${VERSION}/containers/json\\?all=(?:1|true)`, limits.engine.listAnswerBytes),
  read('inspect container', `${VERSION}/containers/${ID}/json`, limits.engine.inspectAnswerBytes),
  {
    ...read(
      'container stats',
      `${VERSION}/containers/${ID}/stats\\?stream=false&one-shot=true`,
      limits.engine.smallAnswerBytes,
    ),
    inBulk: true,
  },
  read('list networks', `${VERSION}/networks`, limits.engine.inspectAnswerBytes),
  stream(
    'container logs',
    `${VERSION}/containers/${ID}/logs\\?follow=${FLAG}&stdout=${FLAG}&stderr=${FLAG}&timestamps=${FLAG}` +
      `(?:&tail=[0-9]{1,6})?(?:&since=${TIME})?(?:&until=${TIME})?`,
  ),
  stream('events', `${VERSION}/events\\?(?:since=${TIME}&)?(?:until=${TIME}&)?filters=${FILTERS}`),
  change('start container', `${VERSION}/containers/${WHOLE_ID}/start`),
  change('stop container', `${VERSION}/containers/${WHOLE_ID}/stop\\?t=${GRACE}`),
  change('restart container', `${VERSION}/containers/${WHOLE_ID}/restart\\?t=${GRACE}`),
];

function read(name: string, target: string, maxAnswerBytes: number): GateEntry {
  return {
    name,
    effect: 'read',
    method: 'GET',
    target: new RegExp(`^${target}$`),
    maxAnswerBytes,
    stream: false,
    inBulk: false,
    deadlineMs: () => limits.engine.requestMs,
  };
}

function stream(name: string, target: string): GateEntry {
  return { ...read(name, target, limits.engine.smallAnswerBytes), stream: true };
}

/** The engine answers when it is done, and a container may take its grace to end: the target says how long that is. */
function change(name: string, target: string): GateEntry {
  const entry = read(name, target, limits.engine.smallAnswerBytes);
  const graceSeconds = (asked: string) => Number(entry.target.exec(asked)?.groups?.grace ?? 0);
  return {
    ...entry,
    effect: 'change',
    method: 'POST',
    deadlineMs: (asked) => graceSeconds(asked) * 1000 + limits.actions.answerMs,
  };
}

// Longer than any listed target: no expression is run over a hostile megabyte.
const TARGET_CHARS = 512;

/**
 * The entry that allows a request in this mode. `observe` uses entries with the effect `read` only.
 * @throws AppError GATE_REFUSED for everything else
 */
export function checkRequest(
  { method, path, hasBody }: GateRequest,
  mode: HostMode,
  gate: readonly GateEntry[] = ENGINE_GATE,
): GateEntry {
  const entry =
    hasBody || path.length > TARGET_CHARS
      ? undefined
      : gate.find((one) => one.method === method && one.target.test(path));
  if (entry === undefined) {
    const reason = hasBody ? 'it carries a body' : 'it is not on the list of allowed requests';
    throw refused(`${method} ${path}`, mode, reason, 'This is a fault in Binnacle: please report it.');
  }
  requireMode(entry, path, mode);
  return entry;
}

/**
 * The second half of {@link checkRequest}, for a request that has waited since: its host may have been set to `observe`.
 * @throws AppError GATE_REFUSED
 */
export function requireMode({ effect, method }: GateEntry, path: string, mode: HostMode): void {
  if (effect === 'read' || mode === 'operate') return;
  const hint = 'Set the host to operate if you want to change it.';
  throw refused(`${method} ${path}`, mode, 'this host is set to observe only', hint);
}

function refused(request: string, mode: HostMode, reason: string, hint: string): AppError {
  const asked = visibleText(request, limits.text.reasonChars);
  return new AppError('GATE_REFUSED', `Binnacle did not send “${asked}” to the engine: ${reason}.`, {
    details: { request: asked, mode },
    hint: `Nothing was sent. ${hint}`,
  });
}
