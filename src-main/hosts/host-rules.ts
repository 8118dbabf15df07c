import path from 'node:path';
import type { HostMode } from '#contract/hosts.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { HostSettings, Settings } from '../settings/schema.ts';
import { canonicalTarget, formatTarget, parseTarget } from '../ssh/target.ts';
import type { HostHints } from './host-hints.ts';
import { hostLabel, isCalled, looksLikeTarget, targetOf } from './host-names.ts';

/** What the operator says of a host to be saved. */
export interface HostWish {
  readonly target: string;
  /** null: its target is its name. */
  readonly name: string | null;
  /** Absolute paths. */
  readonly identityFiles: readonly string[];
}

/**
 * A host as it is first saved: it may only be observed.
 * @throws AppError TARGET_INVALID; USAGE for a name or key files that cannot be
 */
export function newHost(
  { target, name, identityFiles }: HostWish,
  { newId }: { readonly newId: () => string },
): HostSettings {
  checkIdentityFiles(identityFiles);
  return {
    id: newId(),
    ...(name === null ? {} : { name: checkName(name) }),
    target: formatTarget(parseTarget(target)),
    mode: 'observe',
    identityFiles,
    pinned: [],
    protected: [],
    accepted: [],
    apps: {},
    changesPerMinute: limits.actions.changesPerMinute,
    destroysPerMinute: limits.actions.destroysPerMinute,
  };
}

/** @throws AppError USAGE */
export function checkIdentityFiles(files: readonly string[]): void {
  if (files.length > limits.settings.identityFiles) {
    throw new AppError('USAGE', `A host takes at most ${limits.settings.identityFiles} identity files.`);
  }
  const relative = files.find((file) => !path.isAbsolute(file) || /\p{Cc}/u.test(file));
  if (relative === undefined) return;
  throw new AppError('USAGE', `${visibleText(relative, limits.text.labelChars)} is not the whole path of a key file.`, {
    hint: 'Write it from the root, as in /home/ana/.ssh/id_ed25519.',
  });
}

/** @throws AppError USAGE */
function checkName(name: string): string {
  const isPlain =
    name !== '' &&
    name === name.trim() &&
    visibleText(name) === name &&
    !/\p{Zl}|\p{Zp}/u.test(name) &&
    !looksLikeTarget(name);
  if (isPlain && name.length <= limits.settings.nameChars && !UUID.test(name)) return name;
  throw new AppError('USAGE', 'This cannot be the name of a host.', {
    hint: `A name has 1 to ${limits.settings.nameChars} visible characters and does not look like a target or an id.`,
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Rules {
  readonly hints: Pick<HostHints, 'sameTarget' | 'sameName'>;
}

/**
 * The settings with one host more.
 * @param index where it stands among the others; default: after them
 * @throws AppError HOST_EXISTS (its target or name is another's), SETTINGS_INVALID (there are too many)
 */
export function withHost(settings: Settings, added: HostSettings, rules: Rules, index?: number): Settings {
  const target = canonicalTarget(added.target);
  for (const host of settings.hosts) {
    if (host.id === added.id || (target !== null && canonicalTarget(host.target) === target)) {
      throw new AppError('HOST_EXISTS', `${hostLabel(host)} is there already.`, {
        hint: rules.hints.sameTarget,
        details: { id: host.id },
      });
    }
    if (added.name !== undefined) checkNameIsFree([host], added.name, rules);
  }
  if (settings.hosts.length >= limits.settings.hosts) {
    throw new AppError(
      'SETTINGS_INVALID',
      `There are ${settings.hosts.length} hosts already, and no more can be added.`,
      { hint: 'Remove one that is not needed any more.' },
    );
  }
  return { ...settings, hosts: settings.hosts.toSpliced(index ?? settings.hosts.length, 0, added) };
}

/**
 * The settings with the host `id` called `name`; null: its target is its name.
 * @throws AppError HOST_NOT_FOUND, HOST_EXISTS (another host is called so), USAGE
 */
export function withName(settings: Settings, id: string, name: string | null, rules: Rules): Settings {
  const found = findById(settings, id);
  const others = settings.hosts.filter((host) => host !== found);
  if (name !== null) checkNameIsFree(others, checkName(name), rules);
  const { name: _, ...unnamed } = found;
  return withChanged(settings, found, name === null ? unnamed : { ...found, name });
}

/** @throws AppError HOST_NOT_FOUND */
export function withMode(settings: Settings, id: string, mode: HostMode): Settings {
  const found = findById(settings, id);
  return withChanged(settings, found, { ...found, mode });
}

/** A service of a host, to be protected or not. */
export interface ProtectionWish {
  readonly hostId: string;
  readonly app: string;
  readonly service: string;
  readonly protect: boolean;
}

/**
 * The settings with the operator's own protection of a service put on, or taken off.
 * @throws AppError HOST_NOT_FOUND
 */
export function withProtected(settings: Settings, { hostId, app, service, protect }: ProtectionWish): Settings {
  const found = findById(settings, hostId);
  const others = found.protected.filter((each) => each.app !== app || each.service !== service);
  return withChanged(settings, found, { ...found, protected: protect ? [...others, { app, service }] : others });
}

function withChanged(settings: Settings, before: HostSettings, now: HostSettings): Settings {
  return { ...settings, hosts: settings.hosts.map((host) => (host === before ? now : host)) };
}

/** @throws AppError HOST_NOT_FOUND */
export function findById({ hosts }: Pick<Settings, 'hosts'>, id: string): HostSettings {
  const found = hosts.find((host) => host.id === id);
  if (found !== undefined) return found;
  throw new AppError('HOST_NOT_FOUND', 'This host is not there any more.', {
    hint: 'It may have been removed in another window.',
    details: { id },
  });
}

export function withoutHost(settings: Settings, host: HostSettings): Settings {
  return { ...settings, hosts: settings.hosts.filter((other) => other !== host) };
}

function checkNameIsFree(hosts: readonly HostSettings[], name: string, rules: Rules): void {
  const other = hosts.find((host) => isCalled(host, name));
  if (other === undefined) return;
  throw new AppError('HOST_EXISTS', `Another host is called ${visibleText(name)}: ${targetOf(other)}.`, {
    hint: rules.hints.sameName,
    details: { id: other.id },
  });
}
