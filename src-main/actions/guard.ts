import type { ActionName, ContainerAction, EngineChange, LockedAction, Unlock } from '#contract/actions.ts';
import type { ContainerState, Protection } from '#contract/fleet.ts';
import type { HostAccess } from '../fleet/host-access.ts';
import { notLive } from '../fleet/host-state-words.ts';
import { AppError } from '../kernel/errors.ts';
import { CATALOGUE, refusalOf } from './catalogue.ts';

/**
 * The rules that allow an action or refuse it. Asked when it is planned, and again when it is run, of facts that were
 * just read: what was allowed a minute ago need not be any more.
 */

/**
 * What holds for all of a host.
 * @throws AppError HOST_NOT_LIVE, OBSERVE_ONLY, ENGINE_DENIED
 */
export function judgeHost(host: Pick<HostAccess, 'label' | 'status' | 'mode' | 'denied'>, action: ActionName): void {
  const { label, status, mode, denied } = host;
  if (status.state !== 'live') throw notLive(status);
  if (mode !== 'operate') {
    throw new AppError('OBSERVE_ONLY', `${label} is only observed: nothing is changed there.`, {
      hint: 'Allow changes on it if you want to.',
    });
  }
  const { what } = CATALOGUE[action];
  if (denied.includes(what)) {
    throw new AppError('ENGINE_DENIED', `A policy in front of ${label}’s engine does not let it ${IN_WORDS[what]}.`, {
      details: { what },
      hint: 'It was refused since the host was connected: whoever set the policy can allow it.',
    });
  }
}

const IN_WORDS: Readonly<Record<EngineChange, string>> = {
  start: 'start containers',
  stop: 'stop containers',
  restart: 'restart containers',
};

interface JudgedContainer {
  readonly id: string;
  readonly word: string;
  readonly protection: Protection | null;
  readonly state: ContainerState;
}

/**
 * What holds for one container. Nobody is asked to unlock what there is nothing to do with.
 * @param unlock the one that holds for this container and action
 * @returns the unlock it uses up; null: it needs none
 * @throws AppError NOTHING_TO_DO, PROTECTED
 */
export function judgeContainer(
  action: ContainerAction,
  container: JudgedContainer,
  unlock: Unlock | null,
): Unlock | null {
  judgeState(action, container);
  const { id, word, protection } = container;
  const { locked } = CATALOGUE[action];
  if (protection === null || locked === null) return null;
  if (unlock?.containerId === id && unlock.action === locked) return unlock;
  throw isProtected(locked, word, protection);
}

/** @throws AppError NOTHING_TO_DO */
export function judgeState(action: ContainerAction, { word, state }: Pick<JudgedContainer, 'word' | 'state'>): void {
  const refusal = refusalOf(action, state);
  if (refusal === null) return;
  throw new AppError('NOTHING_TO_DO', `${word} ${refusal.message}.`, { details: { state }, hint: refusal.hint });
}

/** @throws AppError NOT_PROTECTED where an unlock would mean nothing */
export function judgeUnlock({ word, protection }: Pick<JudgedContainer, 'word' | 'protection'>): void {
  if (protection !== null) return;
  throw new AppError('NOT_PROTECTED', `${word} is not protected.`, { hint: 'It can be acted upon as it is.' });
}

function isProtected(action: LockedAction, word: string, protection: Protection): AppError {
  const why: Readonly<Record<Protection, string>> = {
    database: 'holds data: it was recognised as a database',
    label: 'is protected by its label',
    operator: 'is protected in Binnacle',
  };
  return new AppError('PROTECTED', `${word} ${why[protection]}.`, {
    details: { protection, action },
    hint: 'Unlock it for this one action, with a reason.',
  });
}
