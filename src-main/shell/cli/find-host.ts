import { isCalled, looksLikeTarget } from '../../hosts/host-names.ts';
import { AppError } from '../../kernel/errors.ts';
import { visibleText } from '../../kernel/text.ts';
import type { HostSettings } from '../../settings/schema.ts';
import { canonicalTarget, formatTarget, parseTarget, shownTarget } from '../../ssh/target.ts';
import { nearestWord } from './nearest-word.ts';

/**
 * By id, name, or target: as it stands in the file, which finds one that is no target too, or else in any form.
 * undefined: there is none. @throws AppError TARGET_INVALID
 */
export function matchHost(hosts: readonly HostSettings[], wanted: string): HostSettings | undefined {
  const asItStands = hosts.find(
    (host) => host.id === wanted.toLowerCase() || isCalled(host, wanted) || host.target === wanted,
  );
  if (asItStands !== undefined) return asItStands;
  const target = looksLikeTarget(wanted) ? formatTarget(parseTarget(wanted)) : null;
  return target === null ? undefined : hosts.find((host) => canonicalTarget(host.target) === target);
}

/** @param hint what to do where no name is near */
export function hostNotFound(hosts: readonly HostSettings[], wanted: string, hint: string): AppError {
  const names = hosts.flatMap((host) => (host.name === undefined ? [] : [host.name]));
  const nearest = looksLikeTarget(wanted) ? null : nearestWord(wanted, names);
  return new AppError('HOST_NOT_FOUND', `There is no host ${shownTarget(wanted)}.`, {
    hint: nearest === null ? hint : `Did you mean ${visibleText(nearest)}?`,
  });
}
