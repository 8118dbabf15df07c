import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startLab } from '../lab/lab.ts';
import { missingParts } from '../lab/requirements.ts';
import { benchTunnel } from './tunnel.ts';

/** `npm run bench`: prints one JSON document; progress goes to stderr. */
const missing = missingParts({ databases: true });
if (missing.length > 0) {
  console.error(`The benchmarks need the lab, and it cannot run here:\n${missing.join('\n')}`);
  process.exit(69);
}
if (!existsSync(join(import.meta.dirname, '../out/main/cli.js'))) {
  console.error('Run npm run build first: whole processes are measured too.');
  process.exit(69);
}
const progress = (line: string) => console.error(line);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
await using lab = await startLab({ onProgress: progress, signal: stop.signal });
console.log(JSON.stringify({ schema: 1, tunnel: await benchTunnel(lab.access, progress) }, null, 2));
