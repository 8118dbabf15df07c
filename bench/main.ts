import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingChromium } from '../e2e/chromium.ts';
import { startLab } from '../lab/lab.ts';
import { missingParts } from '../lab/requirements.ts';
import { benchFaults } from './faults.ts';
import { benchJournal } from './journal.ts';
import { benchLargeFleet } from './large-fleet.ts';
import { benchTunnel } from './tunnel.ts';
import { benchWindow } from './window.ts';

const USAGE = `npm run bench                all of it
npm run bench -- tunnel      the ways to an engine, side by side
npm run bench -- window      what the window costs, each figure beside its limit
npm run bench -- journal     a record beside a bare append, verifying beside hashing
npm run bench -- faults      how soon a fault is noticed and got over, beside docker -H ssh:// and plain ssh2`;

const SUBJECTS = ['tunnel', 'window', 'journal', 'faults'] as const;

/** `npm run bench`: prints one JSON document; progress goes to stderr. */
const args = process.argv.slice(2);
const subjects = args.length === 0 ? SUBJECTS : SUBJECTS.filter((subject) => args.length === 1 && args[0] === subject);
if (subjects.length === 0) refuse(64, USAGE);
const needsLab = subjects.some((subject) => subject !== 'journal');
const chromium = subjects.includes('window') ? missingChromium() : null;
const missing = [...(needsLab ? missingParts({ databases: true }) : []), ...(chromium === null ? [] : [chromium])];
if (missing.length > 0) refuse(69, `The benchmarks need parts that are missing here:\n${missing.join('\n')}`);
if (needsLab && !existsSync(join(import.meta.dirname, '../out/main/cli.js'))) {
  refuse(69, 'Run npm run build first: whole processes are measured too.');
}

const progress = (line: string) => console.error(line);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
const figures: Record<string, unknown> = {};
if (subjects.includes('journal')) figures.journal = await benchJournal(progress);
if (needsLab) {
  await using lab = await startLab({ onProgress: progress, signal: stop.signal });
  if (subjects.includes('tunnel')) figures.tunnel = await benchTunnel(lab.access, progress);
  if (subjects.includes('faults')) figures.faults = await benchFaults(lab.access, progress);
  if (subjects.includes('window')) figures.window = await benchWindow(lab, progress);
}
// Without the lab: its engine and containers would take their share of this machine.
if (subjects.includes('window')) figures.largeFleet = await benchLargeFleet(progress);
console.log(JSON.stringify({ schema: 1, ...figures }, null, 2));

function refuse(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
