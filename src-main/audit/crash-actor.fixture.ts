import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { encodeRecord, hashOf } from './chain.ts';
import { openJournal } from './open-journal.ts';
import type { JournalRecord, RecordBody } from './records.ts';

/**
 * A process that acts and records until it is killed. It opens the journal in the folder it is given, and tells whoever
 * started it, a line each and without a buffer of its own: `open`, `record SEQ SHA256` for each that was acknowledged,
 * and `engine RUN` where it would change something.
 */
const folder = process.argv[2] as string;
const tell = (line: string) => writeSync(1, `${line}\n`);

const host = { id: randomUUID(), label: 'atlas', target: 'ssh://deploy@atlas.lan' };
const journal = await openJournal({
  folder: path.join(folder, 'journal'),
  anchorFile: path.join(folder, 'journal.anchor'),
  exportFolder: folder,
  author: { user: 'ana', machine: 'laptop', shell: 'cli' },
  version: '0.1.0',
  clock: systemClock,
  toAppError: (error) => (error instanceof AppError ? error : new AppError('INTERNAL', String(error))),
  // Small, so that files are begun often.
  fileBytes: 16 * 1_024,
});
if (journal.status.state !== 'sound') {
  tell(`broken ${journal.status.problem?.message}`);
  process.exit(1);
}
tell('open');
for (;;) {
  const run = randomUUID();
  acknowledge(await journal.append(intentOf(run)));
  tell(`engine ${run}`);
  acknowledge(
    await journal.append({
      kind: 'outcome',
      run,
      outcome: 'succeeded',
      durationMs: 1,
      message: null,
      steps: [],
      after: [],
    }),
  );
}

function acknowledge(record: JournalRecord): void {
  tell(`record ${record.seq} ${hashOf(encodeRecord(record))}`);
}

function intentOf(run: string): RecordBody {
  return {
    kind: 'intent',
    run,
    action: 'container.restart',
    title: 'Restart shop / api on atlas',
    host,
    login: { user: 'deploy', hostKey: `SHA256:${'A'.repeat(43)}`, loginKey: null },
    app: 'shop',
    service: 'api',
    reason: null,
    unlocks: [],
    steps: [{ text: 'Restart api', request: 'POST /containers/a41c/restart?t=10' }],
    leftOut: [],
    command: 'docker restart shop-api-1',
    before: [],
  };
}
