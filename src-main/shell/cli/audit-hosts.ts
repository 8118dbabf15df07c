import type { JournalReader } from '../../audit/journal-reader.ts';
import type { Home } from '../../home/home.ts';
import type { Clock } from '../../kernel/clock.ts';
import { openSettings } from '../../settings/settings-store.ts';
import { canonicalTarget } from '../../ssh/target.ts';
import { hostNotFound, matchHost } from './find-host.ts';
import { errorLines } from './report-error.ts';
import type { Terminal } from './terminal.ts';

interface HostsMeantContext {
  readonly home: Home;
  readonly clock: Clock;
  readonly terminal: Pick<Terminal, 'writeError' | 'colour'>;
}

/**
 * Ids of the hosts that `wanted` means: the saved one, as `hosts remove` finds it; else those the journal has met under
 * that id, name or target, for what was done outlives the host.
 * @throws AppError HOST_NOT_FOUND, TARGET_INVALID, JOURNAL_UNUSABLE
 */
export async function hostsMeant(
  wanted: string,
  reader: JournalReader,
  { home, clock, terminal }: HostsMeantContext,
): Promise<readonly string[]> {
  const { settings, problems } = await openSettings(home, { clock }).read();
  for (const { message, hint } of problems) terminal.writeError(errorLines(message, hint, terminal.colour.stderr));
  const saved = matchHost(settings.hosts, wanted);
  if (saved !== undefined) return [saved.id];
  const met = await metHosts(wanted, reader);
  if (met.length > 0) return met;
  const hint = 'No saved host is called so, and none in the journal. binnacle hosts list shows those that are saved.';
  throw hostNotFound(settings.hosts, wanted, hint);
}

async function metHosts(wanted: string, reader: JournalReader): Promise<readonly string[]> {
  const name = wanted.toLowerCase();
  const target = wanted.includes('://') ? canonicalTarget(wanted) : null;
  const ids = new Set<string>();
  for await (const line of reader.lines({})) {
    const { host } = JSON.parse(line) as { readonly host?: { id: string; label: string; target: string } };
    if (host === undefined) continue;
    const isMeant =
      host.id === name || host.label.toLowerCase() === name || (target !== null && host.target === target);
    if (isMeant) ids.add(host.id);
  }
  return [...ids];
}
