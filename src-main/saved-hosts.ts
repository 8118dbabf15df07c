import type { Problem } from '#contract/errors.ts';
import { AppError, toProblem } from './kernel/errors.ts';
import { visibleText } from './kernel/text.ts';
import type { HostSettings } from './settings/schema.ts';
import { formatTarget, parseTarget, type SshTarget, shownTarget } from './ssh/target.ts';

export interface SavedHost {
  readonly target: SshTarget;
  readonly host: HostSettings;
}

export interface SavedHosts {
  /** By their target's one form, however it stands in the file; in the file's order. */
  readonly byTarget: ReadonlyMap<string, SavedHost>;
  /** What is left out, and why: the others are read all the same. */
  readonly problems: readonly Problem[];
}

/**
 * The saved hosts with their targets read. One whose target is none (TARGET_INVALID), or that of a host before it
 * (HOST_EXISTS), is left out. No message repeats a target as it stands: a password may stand in it.
 * @param file the settings file, as what the problems are about
 */
export function readSavedHosts(
  hosts: readonly HostSettings[],
  { defaultUser, file }: { readonly defaultUser: string; readonly file: string },
): SavedHosts {
  const byTarget = new Map<string, SavedHost>();
  const problems: Problem[] = [];
  for (const host of hosts) {
    const called = host.name === undefined ? shownTarget(host.target) : visibleText(host.name);
    try {
      const target = parseTarget(host.target, { defaultUser });
      const text = formatTarget(target);
      const before = byTarget.get(text)?.host;
      if (before === undefined) byTarget.set(text, { target, host });
      else problems.push(toProblem(file, sameTarget(text, before, host)));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'TARGET_INVALID') throw error;
      problems.push(
        toProblem(
          file,
          new AppError('TARGET_INVALID', `The saved host ${called} is left out. ${error.message}`, {
            hint: `Put its target right in the file, or forget it: binnacle hosts remove ${host.id}`,
          }),
        ),
      );
    }
  }
  return { byTarget, problems };
}

function sameTarget(text: string, before: HostSettings, host: HostSettings): AppError {
  const called = ({ name, id }: HostSettings) => (name === undefined ? id : `${visibleText(name)} (${id})`);
  return new AppError('HOST_EXISTS', `${text} is saved twice; ${called(host)} is left out beside ${called(before)}.`, {
    hint: `Forget one of them: binnacle hosts remove ${host.id}`,
  });
}
