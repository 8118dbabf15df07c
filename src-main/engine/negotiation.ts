import { z } from 'zod';
import type { Engine } from '#contract/fleet.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import { parseJson, shaped } from './answers.ts';
import { engineMessage, greetingError, hungUp, invalidAnswer } from './errors.ts';
import { listOf } from './json-collections.ts';
import { type Answer, readAnswer, type Transport } from './transport.ts';

/** Minor numbers of API 1.x. The floor is where one-shot stats came; the ceiling is the newest this client was read against. */
export const API_MINOR = { floor: 41, ceiling: 51 } as const;

interface Agreement {
  readonly engine: Engine;
  /** Engine's clock minus this machine's, milliseconds; within about a second. */
  readonly clockOffsetMs: number;
  /** What may be asked to learn whether the engine still answers, and no policy in its place. */
  readonly pulse: Pulse;
}

export type Pulse = 'ping' | 'version' | 'list';

/**
 * Asks the engine what it is, without a version in the path, and settles on the newest API both sides speak. Where a
 * policy in front of it denies `/version`, the headers of what it does answer tell: `/_ping`'s, else the list's, which
 * is asked for by the oldest API there is for us. What then nobody tells of its version is called {@link UNKNOWN}.
 * @throws AppError API_TOO_OLD, API_TOO_NEW, ENGINE_ANSWER_INVALID where it is no engine, ENGINE_DENIED where all of these
 *   are denied, ENGINE_UNREACHABLE where it hangs up, or what the transport rejects with
 */
export async function negotiate(transport: Transport, clock: Clock, signal: AbortSignal): Promise<Agreement> {
  const ask = (path: string) => timed(transport, path, clock, signal).catch(hungUp);
  const [ping, version] = await Promise.all([ask('/_ping'), ask('/version')]);
  for (const { answer } of [ping, version]) {
    if (answer.status !== 200 && !isHidden(answer)) throw greetingError(answer.call, answer.status, answer.body);
  }
  const answersPing = !isHidden(ping.answer);
  const clockOffsetMs = clockOffset(ping) ?? clockOffset(version);
  if (!isHidden(version.answer)) {
    const engine = toldByVersion(version.answer);
    return { engine, clockOffsetMs: clockOffsetMs ?? 0, pulse: answersPing ? 'ping' : 'version' };
  }
  const told = answersPing ? toldByHeaders(ping.answer) : null;
  if (told !== null) return { engine: told, clockOffsetMs: clockOffsetMs ?? 0, pulse: 'ping' };
  const list = await ask(`/v1.${API_MINOR.floor}/containers/json?all=true`);
  const engine = toldByList(list.answer, version.answer);
  const pulse = answersPing ? 'ping' : 'list';
  return { engine, clockOffsetMs: clockOffsetMs ?? clockOffset(list) ?? 0, pulse };
}

/** A policy's refusals: HAProxy says 403, others that there is nothing, or nothing to be asked so. */
function isHidden({ status }: Answer): boolean {
  return HIDDEN.has(status);
}

const HIDDEN: ReadonlySet<number> = new Set([401, 403, 404, 405]);

/** Stands for a version that nobody tells. */
export const UNKNOWN = 'unknown version';

function toldByVersion(answer: Answer): Engine {
  const told = shaped(answer.call, parseJson(answer), Version);
  const podman = told.Components?.find((component) => component.Name === 'Podman Engine');
  return {
    name: podman === undefined ? 'docker' : 'podman',
    version: visibleText(podman?.Version ?? told.Version, VERSION_CHARS),
    apiVersion: agree(answer, told.ApiVersion, told.MinAPIVersion ?? null),
  };
}

/** `Api-Version: 1.41`, `Server: Docker/20.10.24 (linux)`; of Podman `Server: Libpod/4.3.1 (linux)`, `Libpod-API-Version: 4.3.1`. */
function toldByHeaders(answer: Answer): Engine | null {
  const { 'api-version': api, 'libpod-api-version': libpod, server } = answer.headers;
  if (typeof api !== 'string') return null;
  const [, product, number] = /^(Docker|Libpod)\/([^\s()]+)/.exec(String(server)) ?? [];
  const isPodman = product === 'Libpod' || libpod !== undefined;
  const version = number ?? (typeof libpod === 'string' ? libpod : UNKNOWN);
  return {
    name: isPodman ? 'podman' : 'docker',
    version: visibleText(version, VERSION_CHARS),
    apiVersion: agree(answer, api, null),
  };
}

/** @throws AppError ENGINE_DENIED where the list is denied too; ENGINE_ANSWER_INVALID where there is no engine at all */
function toldByList(list: Answer, version: Answer): Engine {
  const floor = { name: 'docker', version: UNKNOWN, apiVersion: `1.${API_MINOR.floor}` } as const;
  if (list.status === 200) {
    // Anything may answer anything with 200.
    if (!Array.isArray(parseJson(list))) throw invalidAnswer(list.call, 'it is no list', list.body);
    return toldByHeaders(list) ?? floor;
  }
  const apiVersion = renegotiate(list);
  if (apiVersion !== null) return { ...(toldByHeaders(list) ?? floor), apiVersion };
  if (list.status === 404 && version.status === 404) {
    throw invalidAnswer(version.call, 'nothing of an engine is found there', version.body);
  }
  const refusal = greetingError(list.call, list.status, list.body);
  // Whoever denies everything may have no engine behind it.
  const hint = `${refusal.hint ?? ''} Or it is no engine at all that answers there: check the address.`;
  throw refusal.code === 'ENGINE_DENIED'
    ? new AppError(refusal.code, refusal.message, { details: refusal.details, hint })
    : refusal;
}

const VERSION_CHARS = 64;

const Version = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  MinAPIVersion: z.string().nullish(),
  Components: listOf(z.object({ Name: z.string(), Version: z.string().nullish() })).nullish(),
});

interface TimedAnswer {
  readonly answer: Answer;
  /** Wall clock half-way between question and answer, milliseconds since the epoch. */
  readonly midway: number;
}

async function timed(transport: Transport, path: string, clock: Clock, signal: AbortSignal): Promise<TimedAnswer> {
  const wall = clock.now();
  const start = clock.monotonic();
  const answer = await readAnswer(await transport.ask({ method: 'GET', path }, signal));
  return { answer, midway: wall + (clock.monotonic() - start) / 2 };
}

/** From the Date header, which has whole seconds: its middle is the best guess. null without a Date. */
function clockOffset({ answer, midway }: TimedAnswer): number | null {
  const date = Date.parse(String(answer.headers.date));
  return Number.isNaN(date) ? null : Math.round(date + 500 - midway);
}

function agree(answer: Answer, newest: string, oldest: string | null): string {
  const max = minorOf(newest);
  const min = oldest === null ? 0 : minorOf(oldest);
  if (max === null || min === null) {
    throw invalidAnswer(answer.call, 'its API version is not one of Docker’s', answer.body);
  }
  if (max < API_MINOR.floor) throw tooOld(newest);
  if (min > API_MINOR.ceiling) throw tooNew(oldest ?? newest);
  return `1.${Math.min(max, API_MINOR.ceiling)}`;
}

function minorOf(version: string): number | null {
  const minor = /^1\.(\d{1,3})$/.exec(version)?.[1];
  return minor === undefined ? null : Number(minor);
}

/**
 * The version to ask again with, when a 400 says that the engine no longer speaks the one agreed on: it has been up- or
 * downgraded behind an open connection (FACTS, engine 4). null when the answer is about something else.
 * @throws AppError API_TOO_OLD, API_TOO_NEW; ENGINE_ANSWER_INVALID where it refuses a version it says it speaks
 */
export function renegotiate(answer: Answer): string | null {
  if (answer.status !== 400) return null;
  const said = VERSION_REFUSED.exec(engineMessage(answer.body));
  if (said?.groups === undefined) return null;
  const { side } = said.groups;
  const minor = Number(said.groups.minor);
  if (side === 'Maximum' && minor < API_MINOR.floor) throw tooOld(`1.${minor}`);
  if (side === 'Minimum' && minor > API_MINOR.ceiling) throw tooNew(`1.${minor}`);
  if (minor < API_MINOR.floor || minor > API_MINOR.ceiling) {
    throw invalidAnswer(answer.call, 'it refuses an API version that it says it speaks', answer.body);
  }
  return `1.${minor}`;
}

// moby, api/server/middleware/version.go: "client version 1.24 is too old. Minimum supported API version is 1.44, please …"
const VERSION_REFUSED =
  /client version \S+ is too (?:old|new)\. (?<side>Minimum|Maximum) supported API version is 1\.(?<minor>\d{1,3})/;

function tooOld(theirs: string): AppError {
  return new AppError(
    'API_TOO_OLD',
    `The engine speaks API ${theirs} at most; Binnacle needs 1.${API_MINOR.floor} (Docker 20.10, Podman 4) or newer.`,
    { details: { apiVersion: theirs }, hint: 'Update the engine on the host.' },
  );
}

function tooNew(theirs: string): AppError {
  return new AppError(
    'API_TOO_NEW',
    `The engine speaks no API older than ${theirs}; this Binnacle knows those up to 1.${API_MINOR.ceiling}.`,
    { details: { minApiVersion: theirs }, hint: 'Update Binnacle.' },
  );
}
