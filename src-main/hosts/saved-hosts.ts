import type { Problem } from '#contract/errors.ts';
import { AppError, toProblem } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import type { HostSettings } from '../settings/schema.ts';
import { formatTarget, type HostTarget, parseTarget, shownTarget } from '../ssh/target.ts';
import type { HostHints } from './host-hints.ts';

export interface ReadableHost {
  readonly target: HostTarget;
  readonly host: HostSettings;
}

export interface ReadHosts {
  /** By their target's one form, however it stands in the file; in the file's order. */
  readonly byTarget: ReadonlyMap<string, ReadableHost>;
  /** By id: what is left out, and why. The others are read all the same. */
  readonly leftOut: ReadonlyMap<string, Problem>;
}

interface ReadOptions {
  /** The settings file, as what the problems are about. */
  readonly file: string;
  readonly hints: Pick<HostHints, 'unreadable' | 'savedTwice'>;
}

/**
 * The saved hosts with their targets read. One whose target is none (TARGET_INVALID), or that of a host before it
 * (HOST_EXISTS), is left out. No message repeats a target as it stands: a password may stand in it.
 */
export function readSavedHosts(hosts: readonly HostSettings[], { file, hints }: ReadOptions): ReadHosts {
  const byTarget = new Map<string, ReadableHost>();
  const leftOut = new Map<string, Problem>();
  for (const host of hosts) {
    const called = host.name === undefined ? shownTarget(host.target) : visibleText(host.name);
    try {
      const target = parseTarget(host.target);
      const text = formatTarget(target);
      const before = byTarget.get(text)?.host;
      if (before === undefined) byTarget.set(text, { target, host });
      else leftOut.set(host.id, toProblem(file, sameTarget(text, before, host, hints.savedTwice(host))));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'TARGET_INVALID') throw error;
      const message = `The saved host ${called} is left out. ${error.message}`;
      leftOut.set(host.id, toProblem(file, new AppError('TARGET_INVALID', message, { hint: hints.unreadable(host) })));
    }
  }
  return { byTarget, leftOut };
}

function sameTarget(text: string, before: HostSettings, host: HostSettings, hint: string): AppError {
  const called = ({ name, id }: HostSettings) => (name === undefined ? id : `${visibleText(name)} (${id})`);
  const message = `${text} is saved twice; ${called(host)} is left out beside ${called(before)}.`;
  return new AppError('HOST_EXISTS', message, { hint });
}
