import type { JournalFilter } from '#contract/journal.ts';
import { SCHEMA_VERSION } from '#contract/version.ts';
import { type JournalReader, openJournalReader } from '../../audit/journal-reader.ts';
import type { Home } from '../../home/home.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AuditCommand, AuditShowCommand, AuditVerifyCommand } from './audit-arguments.ts';
import { hostsMeant } from './audit-hosts.ts';
import { auditText, verificationText } from './audit-text.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { jsonText, terminalJson } from './json-text.ts';
import { createStyle, type Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { timeWordIso } from './time-words.ts';

export interface AuditCommandContext {
  readonly home: Home;
  readonly terminal: Pick<Terminal, 'write' | 'writeError' | 'colour' | 'width' | 'isOutputTerminal'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const NONE_YET = 'There is no journal yet: nothing has been done from this home.';
/** For people; who wants more says how much. */
const USUAL_ENTRIES = 50;

/**
 * `binnacle audit show|verify`. Reads the journal without the home's lock, also while a core writes it, and changes
 * nothing.
 * @throws AppError HOST_NOT_FOUND, TARGET_INVALID, JOURNAL_UNUSABLE, or the signal's own
 */
export async function runAuditCommand(command: AuditCommand, context: AuditCommandContext): Promise<ExitCode> {
  const { home, clock, terminal } = context;
  const reader = openJournalReader({ folder: home.journalFolder, anchorFile: home.journalAnchorFile, clock });
  const out = { style: createStyle(terminal.colour.stdout), width: widthOf(terminal) };
  if (command.kind === 'audit-verify') return await verify(command, reader, out, context);
  await show(command, reader, out, context);
  return exitCodes.ok;
}

interface Out {
  readonly style: Style;
  /** Characters; Infinity where nothing is to be cut. */
  readonly width: number;
}

/** For whoever reads a pipe nothing is cut. */
function widthOf(terminal: Pick<Terminal, 'width' | 'isOutputTerminal'>): number {
  return terminal.isOutputTerminal ? Math.max(40, terminal.width()) : Number.POSITIVE_INFINITY;
}

async function verify(
  { json }: AuditVerifyCommand,
  reader: JournalReader,
  { style, width }: Out,
  { terminal, signal }: AuditCommandContext,
): Promise<ExitCode> {
  const verification = await reader.verify(signal);
  const { sound, records } = verification;
  if (json) await terminal.write(`${jsonText({ schema: SCHEMA_VERSION, verification }, { indent: true })}\n`);
  else if (sound && records === 0) await terminal.write(`${NONE_YET}\n`);
  else await terminal.write(verificationText(verification, style, width));
  return sound ? exitCodes.ok : exitCodes.notSound;
}

async function show(
  command: AuditShowCommand,
  reader: JournalReader,
  { style, width }: Out,
  context: AuditCommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  if (await isEmpty(reader)) {
    // For scripts no record is no line.
    if (command.json) terminal.writeError(`${NONE_YET}\n`);
    else await terminal.write(`${NONE_YET}\n`);
    return;
  }
  const filters = await filtersOf(command, reader, context);
  if (command.json) {
    const shown = terminal.isOutputTerminal ? terminalJson : (line: string) => line;
    for await (const line of newestLines(reader, filters, command.limit)) {
      signal.throwIfAborted();
      await terminal.write(`${shown(line)}\n`);
    }
    return;
  }
  const { entries, more } = await newestEntries(reader, filters, command.limit ?? USUAL_ENTRIES);
  if (entries.length === 0) {
    await terminal.write('Nothing in the journal is like that.\n');
    return;
  }
  if (more) terminal.writeError(`Only the newest ${entries.length} are shown: --limit N shows more.\n`);
  await terminal.write(auditText(entries, style, width));
}

async function isEmpty(reader: JournalReader): Promise<boolean> {
  return (await reader.read({ filter: {}, before: null, limit: 1 })).entries.length === 0;
}

/** One for each host that is meant: one that was added anew has another id. */
async function filtersOf(
  command: AuditShowCommand,
  reader: JournalReader,
  context: AuditCommandContext,
): Promise<readonly JournalFilter[]> {
  const { host, app, action, outcome, since, until } = command;
  const now = context.clock.now();
  const filter: JournalFilter = {
    ...(app === null ? {} : { app }),
    ...(action === null ? {} : { action }),
    ...(outcome === null ? {} : { outcome }),
    ...(since === null ? {} : { from: timeWordIso(since, 'first', now) }),
    ...(until === null ? {} : { to: timeWordIso(until, 'last', now) }),
  };
  if (host === null) return [filter];
  return (await hostsMeant(host, reader, context)).map((hostId) => ({ ...filter, hostId }));
}

async function newestEntries(reader: JournalReader, filters: readonly JournalFilter[], limit: number) {
  const found = [];
  let more = false;
  for (const filter of filters) {
    const { entries, next } = await reader.read({ filter, before: null, limit });
    found.push(...entries);
    more ||= next !== null;
  }
  const newest = found.sort((a, b) => b.seq - a.seq).slice(0, limit);
  return { entries: newest, more: more || newest.length < found.length };
}

/** Lines as they stand, oldest first; all where there is no limit, and then no more than one is held. */
async function* newestLines(
  reader: JournalReader,
  filters: readonly JournalFilter[],
  limit: number | null,
): AsyncIterable<string> {
  const [only] = filters;
  if (only !== undefined && filters.length === 1 && limit === null) {
    yield* reader.lines(only);
    return;
  }
  const most = limit ?? Number.POSITIVE_INFINITY;
  const found: string[] = [];
  for (const filter of filters) {
    const last: string[] = [];
    for await (const line of reader.lines(filter)) {
      last.push(line);
      // Not at every line: that would move all the others each time.
      if (last.length > most * 2) last.splice(0, last.length - most);
    }
    found.push(...last.slice(-most));
  }
  if (filters.length > 1) found.sort((a, b) => seqOf(a) - seqOf(b));
  yield* found.slice(-most);
}

function seqOf(line: string): number {
  return (JSON.parse(line) as { readonly seq: number }).seq;
}
