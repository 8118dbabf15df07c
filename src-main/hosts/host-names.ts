import { visibleText } from '../kernel/text.ts';
import type { HostSettings } from '../settings/schema.ts';
import { canonicalTarget, shownTarget } from '../ssh/target.ts';

/** The target in its one form. What is no target is shown without what may be a password. */
export function targetOf({ target }: Pick<HostSettings, 'target'>): string {
  return canonicalTarget(target) ?? shownTarget(target);
}

/** Whether text is meant as a target: no host can be called so. */
export function looksLikeTarget(text: string): boolean {
  return /:\/\/|^local:/i.test(text);
}

/** `web (ssh://ana@web.example)`, or the target alone; as it may be shown. */
export function hostLabel(host: HostSettings): string {
  const target = targetOf(host);
  return visibleText(host.name === undefined ? target : `${host.name} (${target})`);
}

/** Names differ by more than capitals. */
export function isCalled(host: HostSettings, name: string): boolean {
  return host.name?.toLowerCase() === name.toLowerCase();
}
