import type { ActionRequest, Plan } from '#contract/actions.ts';
import type { Protection } from '#contract/fleet.ts';
import type { ContainerDetail } from '../engine/model.ts';
import type { Place } from '../fleet/grouping.ts';
import type { HostAccess, KnownContainer } from '../fleet/host-access.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { isRunning } from './catalogue.ts';
import { dependenciesOf, inOrder } from './order.ts';
import { wordOf } from './words.ts';

/** A container that is to be acted upon, as it was just inspected. */
export interface Subject {
  readonly id: string;
  /** Safe to show, as all its names here. */
  readonly name: string;
  readonly place: Place;
  /** What sentences call it within its app. */
  readonly word: string;
  readonly protection: Protection | null;
  /** The host's text, as it came. */
  readonly detail: ContainerDetail;
}

/** What an action is about. */
export interface Subjects {
  readonly app: string;
  /** null: the app as a whole. */
  readonly service: string | null;
  /** In the order in which they are acted upon; at least one. */
  readonly acted: readonly Subject[];
  readonly leftOut: Plan['leftOut'];
  /** The app's containers as last listed, without what was started beside its services. */
  readonly members: readonly KnownContainer[];
}

/**
 * Inspects what the request is about. Protected containers of an app, and those that do not run, are left out.
 * @throws AppError ENGINE_NOT_FOUND, NOTHING_TO_DO, PROTECTED, PLAN_TOO_LARGE, and as `HostAccess.inspect`
 */
export async function findSubjects(host: HostAccess, request: ActionRequest, signal: AbortSignal): Promise<Subjects> {
  return 'app' in request ? findOfApp(host, request.app, signal) : findContainer(host, request.containerId, signal);
}

/**
 * Inspects a container anew.
 * @param known all of the host, as last listed: what it is called depends on what else there is
 * @throws AppError ENGINE_NOT_FOUND where it is gone, and as `HostAccess.inspect`
 */
export async function inspectSubject(
  host: HostAccess,
  id: string,
  signal: AbortSignal,
  known = host.containers,
): Promise<Subject> {
  const detail = await host.inspect(id, signal);
  // A name, or the beginning of an id, may find another container than the one that is asked for.
  if (detail.id !== id) {
    throw new AppError('ENGINE_ANSWER_INVALID', 'The engine told of another container than it was asked about.');
  }
  const place = host.placeOf(detail);
  const name = visibleText(detail.name, limits.text.labelChars);
  const word = wordOf({ id, name, place }, membersOf({ containers: known }, place.app));
  return { id, name, place, word, protection: host.protectionOf(detail), detail };
}

/**
 * Inspects many, a few at once. In their order; without those that are gone.
 * @throws AppError as `HostAccess.inspect`
 */
export async function inspectSubjects(
  host: HostAccess,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Subject[]> {
  const found: (Subject | null)[] = [];
  const known = host.containers;
  let next = 0;
  // The first failure ends it for all.
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const work = async () => {
    for (let index = next++; index < ids.length; index = next++) {
      found[index] = await inspectSubject(host, ids[index] as string, either, known).catch(nullWhereGone);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(limits.actions.inspects, ids.length) }, work));
  } finally {
    next = ids.length;
    stop.abort();
  }
  return found.filter((subject) => subject !== null);
}

function nullWhereGone(error: unknown): null {
  if (error instanceof AppError && error.code === 'ENGINE_NOT_FOUND') return null;
  throw error;
}

/** An app's containers as last listed, without what was started beside its services. */
export function membersOf(host: Pick<HostAccess, 'containers'>, app: string): KnownContainer[] {
  return host.containers.filter(({ place }) => place.app === app && !place.oneOff);
}

async function findContainer(host: HostAccess, id: string, signal: AbortSignal): Promise<Subjects> {
  const subject = await inspectSubject(host, id, signal);
  const { app, service } = subject.place;
  return { app, service, acted: [subject], leftOut: [], members: membersOf(host, app) };
}

async function findOfApp(host: HostAccess, app: string, signal: AbortSignal): Promise<Subjects> {
  let members = membersOf(host, app);
  const shownApp = visibleText(app, limits.text.labelChars);
  if (members.length === 0) {
    throw new AppError('ENGINE_NOT_FOUND', `There is no app ${shownApp} on ${host.label} any more.`, {
      hint: 'It may have been removed, or its containers belong to another app now.',
    });
  }
  const listed = members.filter(({ protection, state }) => protection === null && isRunning(state));
  if (listed.length > limits.actions.containersPerPlan) throw tooLarge(shownApp, listed.length);
  const fresh = await inspectSubjects(
    host,
    listed.map(({ id }) => id),
    signal,
  );
  const missing = new Set(listed.map(({ id }) => id)).difference(new Set(fresh.map(({ id }) => id)));
  members = members.filter(({ id }) => !missing.has(id));
  const acted = fresh.filter(({ protection, detail }) => protection === null && isRunning(detail.state));
  const leftOut = leftOutOf(members, new Map(fresh.map((subject) => [subject.id, subject])));
  if (acted.length === 0) throw nothingLeft(shownApp, host.label, leftOut);
  const ordered = inOrder(
    acted.map((subject) => ({
      service: subject.place.service,
      number: subject.place.number,
      name: subject.name,
      dependsOn: dependenciesOf(subject.detail.labels),
      subject,
    })),
  );
  return { app, service: null, acted: ordered.map(({ subject }) => subject), leftOut, members };
}

/** Protected ones first; what the fresh look says goes before the list. */
function leftOutOf(members: readonly KnownContainer[], fresh: ReadonlyMap<string, Subject>): Plan['leftOut'] {
  const all = members.flatMap(({ id, place, protection, state }) => {
    const subject = fresh.get(id);
    const isProtected = (subject === undefined ? protection : subject.protection) !== null;
    const runs = isRunning(subject === undefined ? state : subject.detail.state);
    if (!isProtected && runs) return [];
    return [{ containerId: id, service: place.service, number: place.number, why: isProtected } as const];
  });
  const ordered = inOrder(all.map((one) => ({ ...one, name: one.containerId, dependsOn: [] })));
  return [...ordered.filter(({ why }) => why), ...ordered.filter(({ why }) => !why)].map(
    ({ containerId, service, why }) => ({ containerId, service, why: why ? 'protected' : 'not-running' }),
  );
}

function nothingLeft(app: string, label: string, leftOut: Plan['leftOut']): AppError {
  if (leftOut.every(({ why }) => why === 'protected')) {
    return new AppError('PROTECTED', `All of ${app} on ${label} is protected, and stays as it is.`, {
      hint: 'Unlock a container, with a reason, and restart it by itself.',
    });
  }
  const rest = leftOut.some(({ why }) => why === 'protected') ? ' that is not protected' : '';
  return new AppError('NOTHING_TO_DO', `Nothing of ${app} runs on ${label}${rest}.`, {
    hint: 'Start what you want to run, one by one.',
  });
}

function tooLarge(app: string, containers: number): AppError {
  const most = limits.actions.containersPerPlan;
  return new AppError('PLAN_TOO_LARGE', `${app} has ${containers} containers to restart; ${most} can be at once.`, {
    details: { containers, most },
    hint: 'Restart them one by one.',
  });
}
