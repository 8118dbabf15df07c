import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { intent, outcome } from '../src-main/audit/journal.fixture.ts';
import type { Journal } from '../src-main/audit/journal.ts';
import { openJournal } from '../src-main/audit/open-journal.ts';
import { systemClock } from '../src-main/kernel/clock.ts';
import { AppError } from '../src-main/kernel/errors.ts';
import { atMost, rounded, spreadOf } from './figures.ts';

const APPENDS = 1_000;
const RECORDS = 10_000;
/** Node counts from one timer to the next; the timer's own interval is no delay. */
const RESOLUTION_MS = 5;

/**
 * What the journal costs: a record with its anchor beside two bare appends with `fdatasync` of as many bytes (the least
 * that can be done for two files), in turn; and verifying beside hashing the same bytes.
 */
export async function benchJournal(progress: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-bench-journal-'));
  try {
    progress(`journal: ${APPENDS} records beside as many bare appends`);
    const append = await benchAppend(join(folder, 'append'), folder);
    progress(`journal: ${RECORDS} records, verified and read`);
    const large = await benchLarge(join(folder, 'large'));
    return { append, large };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchAppend(home: string, folder: string) {
  await using journal = await opened(home);
  await using first = await open(join(folder, 'first'), 'a');
  await using second = await open(join(folder, 'second'), 'a');
  const times = { record: [] as number[], bare: [] as number[] };
  for (let number = 0; number < APPENDS; number += 1) {
    const body = intent(number);
    const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
    times.record.push(await timed(() => journal.append(body)));
    times.bare.push(
      await timed(async () => {
        for (const file of [first, second]) {
          await file.write(bytes);
          await file.datasync();
        }
      }),
    );
  }
  const record = spreadOf(times.record);
  const bare = spreadOf(times.bare);
  return { recordMs: record, twoBareAppendsMs: bare, ratioOfMedians: rounded(record.p50 / bare.p50) };
}

async function benchLarge(home: string) {
  {
    await using journal = await opened(home);
    for (let number = 0; number < RECORDS / 2; number += 1) {
      await journal.append(intent(number));
      await journal.append(outcome(number));
    }
  }
  const openMs = await timed(async () => await (await opened(home))[Symbol.asyncDispose]());
  await using journal = await opened(home);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const verifyMs = await timed(() => journal.verify(new AbortController().signal));
  const readMs = await timed(() => journal.read({ filter: { app: 'none' }, before: null, limit: 100 }));
  delay.disable();
  const hashMs = await timed(() => hashed(join(home, 'journal')));
  return {
    records: RECORDS,
    bytes: await sizeOf(join(home, 'journal')),
    openMs: rounded(openMs),
    verifyMs: rounded(verifyMs),
    hashMs: rounded(hashMs),
    ratioOfVerifyToHash: rounded(verifyMs / hashMs),
    readAllMs: rounded(readMs),
    /** While it verified and read; the core has windows to serve. */
    loopDelayMaxMs: atMost(50, Math.max(0, delay.max / 1_000_000 - RESOLUTION_MS)),
  };
}

async function opened(home: string): Promise<Journal> {
  await mkdir(home, { recursive: true });
  return await openJournal({
    folder: join(home, 'journal'),
    anchorFile: join(home, 'journal.anchor'),
    exportFolder: home,
    author: { user: 'ana', machine: 'laptop', shell: 'cli' },
    version: '0.0.0',
    clock: systemClock,
    toAppError: (error) => new AppError('INTERNAL', String(error), { cause: error }),
  });
}

async function hashed(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
    hash.digest();
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await readFile(join(folder, name))).length;
  return bytes;
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}
