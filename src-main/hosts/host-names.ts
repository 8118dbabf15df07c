import { visibleText } from '../kernel/text.ts';
import type { HostSettings } from '../settings/schema.ts';
import { canonicalTarget, shownTarget } from '../ssh/target.ts';

/** Whose name stands for one that a target leaves out. */
export interface TargetReading {
  readonly defaultUser: string;
}

/** The target in its one form. What is no target is shown without what may be a password. */
export function targetOf({ target }: Pick<HostSettings, 'target'>, reading: TargetReading): string {
  return canonicalTarget(target, reading) ?? shownTarget(target);
}

/** `web (ssh://ana@web.example)`, or the target alone; as it may be shown. */
export function hostLabel(host: HostSettings, reading: TargetReading): string {
  const target = targetOf(host, reading);
  return visibleText(host.name === undefined ? target : `${host.name} (${target})`);
}

/** Names differ by more than capitals. */
export function isCalled(host: HostSettings, name: string): boolean {
  return host.name?.toLowerCase() === name.toLowerCase();
}
