import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { hashOf } from './chain.ts';
import { openJournalReader } from './journal-reader.ts';
import { openJournal } from './open-journal.ts';

/** What killing a process that acts and records came to. */
export interface CrashTally {
  kills: number;
  /** Of them, before it had opened its journal. */
  whileOpening: number;
  acknowledged: number;
  engineChanges: number;
  /** Records that say that something was repaired, and runs closed as `unknown`. */
  repairs: number;
  unknown: number;
  files: number;
  records: number;
  /** Empty, if all is well. */
  wrong: string[];
}

const ACTOR = fileURLToPath(new URL('crash-actor.fixture.ts', import.meta.url));
const never = new AbortController().signal;

/**
 * Starts the actor on one home again and again, kills it (SIGKILL) at a random instant of its life, and looks after each
 * kill whether every acknowledged record is there, every change had its intent, and the journal is sound.
 * @param random from 0 to 1
 */
export async function crashAgainAndAgain(kills: number, random: () => number): Promise<CrashTally> {
  const home = await mkdtemp(path.join(tmpdir(), 'binnacle-crash-'));
  const place = {
    folder: path.join(home, 'journal'),
    anchorFile: path.join(home, 'journal.anchor'),
    clock: systemClock,
  };
  const acknowledged = new Map<number, string>();
  const engineChanges = new Set<string>();
  const pace: Pace = { openMs: 500 };
  const tally: CrashTally = {
    kills: 0,
    whileOpening: 0,
    acknowledged: 0,
    engineChanges: 0,
    repairs: 0,
    unknown: 0,
    files: 0,
    records: 0,
    wrong: [],
  };
  try {
    while (tally.kills < kills && tally.wrong.length === 0) {
      const told = await oneLife(home, pace, random);
      tally.kills += 1;
      if (!told.includes('open')) tally.whileOpening += 1;
      for (const line of told) {
        const [what, first, second] = line.split(' ');
        if (what === 'record') {
          const seq = Number(first);
          if (acknowledged.has(seq)) tally.wrong.push(`record ${seq} was acknowledged twice`);
          acknowledged.set(seq, second as string);
        }
        if (what === 'engine') engineChanges.add(first as string);
        if (what === 'broken') tally.wrong.push(line);
      }
      tally.wrong.push(...(await whatIsMissing(place, acknowledged, engineChanges)));
    }
    await closeAndCount(home, place, tally);
    tally.wrong.push(...(await whatIsMissing(place, acknowledged, engineChanges)));
    tally.acknowledged = acknowledged.size;
    tally.engineChanges = engineChanges.size;
    return tally;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** How long the actor takes to open its journal: what a kill while it does so is aimed at. */
interface Pace {
  openMs: number;
}

/**
 * Runs the actor until it is killed: every eighth time at any instant of its start, else some milliseconds after it has
 * told a number of things, however slow the machine is.
 */
async function oneLife(home: string, pace: Pace, random: () => number): Promise<string[]> {
  const began = performance.now();
  const actor = spawn(process.execPath, [ACTOR, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(home, 'code') },
  });
  const ended = new Promise<void>((resolve) => actor.once('close', () => resolve()));
  const timers: NodeJS.Timeout[] = [];
  const kill = (afterMs: number) => timers.push(setTimeout(() => actor.kill('SIGKILL'), afterMs));
  const early = random() < 1 / 8;
  const lines = early ? Number.POSITIVE_INFINITY : 1 + Math.floor(random() * MOST_LINES);
  kill(early ? random() * pace.openMs : LATEST_MS);
  const pause = random() * MOST_PAUSE_MS;
  let told = '';
  let due = false;
  actor.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (told === '') pace.openMs = performance.now() - began;
    told += text;
    if (!due && told.split('\n').length > lines) {
      due = true;
      kill(pause);
    }
  });
  await ended;
  for (const timer of timers) clearTimeout(timer);
  // What it was killed within was not told.
  return told.split('\n').slice(0, -1);
}

/** Three an act. */
const MOST_LINES = 20;
const MOST_PAUSE_MS = 4;
const LATEST_MS = 120_000;

async function whatIsMissing(
  place: Parameters<typeof openJournalReader>[0],
  acknowledged: ReadonlyMap<number, string>,
  engineChanges: ReadonlySet<string>,
): Promise<string[]> {
  const reader = openJournalReader(place);
  const wrong: string[] = [];
  const { findings } = await reader.verify(never);
  for (const { file, line, text } of findings) wrong.push(`${file}:${line}: ${text}`);
  const hashes = new Map<number, string>();
  const intents = new Set<string>();
  for await (const line of reader.lines({})) {
    const record = JSON.parse(line);
    hashes.set(record.seq, hashOf(Buffer.from(`${line}\n`)));
    if (record.kind === 'intent') intents.add(record.run);
  }
  for (const [seq, hash] of acknowledged)
    if (hashes.get(seq) !== hash) wrong.push(`acknowledged record ${seq} is lost`);
  for (const run of engineChanges) if (!intents.has(run)) wrong.push(`run ${run} changed the engine without an intent`);
  return wrong;
}

async function closeAndCount(home: string, place: { folder: string; anchorFile: string }, tally: CrashTally) {
  await using journal = await openJournal({
    ...place,
    exportFolder: home,
    author: { user: 'ana', machine: 'laptop', shell: 'cli' },
    version: '0.1.0',
    clock: systemClock,
    toAppError: (error) => (error instanceof AppError ? error : new AppError('INTERNAL', String(error))),
  });
  const { sound, records, files, findings } = await journal.verify(never);
  if (!sound || journal.status.state !== 'sound') tally.wrong.push(`not sound: ${JSON.stringify(findings)}`);
  tally.records = records;
  tally.files = files;
  tally.unknown = (await journal.unresolved()).length;
  let before: number | null = null;
  do {
    const page: Awaited<ReturnType<typeof journal.read>> = await journal.read({ filter: {}, before, limit: 500 });
    for (const { title, outcome } of page.entries) {
      if (title === 'Journal repaired after a sudden end') tally.repairs += 1;
      if (outcome === 'open') tally.wrong.push('a run was left open');
    }
    before = page.next;
  } while (before !== null);
}

/** mulberry32: the same instants again for the same seed, as far as the machine lets them. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
