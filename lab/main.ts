import { rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startLab } from './lab.ts';
import type { LabAccess } from './lab-access.ts';
import { missingParts } from './requirements.ts';

/** `npm run lab`: a lab that stays until it is told to end. Exit codes as sysexits.h has them: 64 usage, 69 unavailable. */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    console.error('Usage: npm run lab -- [--containers N] [--no-databases] [--access FILE]');
    return 64;
  }
  const missing = missingParts(options);
  if (missing.length > 0) {
    console.error(`The lab cannot run here:\n${missing.map((each) => `  ${each}`).join('\n')}`);
    return 69;
  }

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const startedAt = performance.now();
  const onProgress = (line: string) =>
    console.error(`[${((performance.now() - startedAt) / 1000).toFixed(1)} s] ${line}`);
  try {
    await using lab = await startLab({ ...options, onProgress, signal: stop.signal });
    onProgress('the lab is up');
    console.log(introduction(lab.access));
    if (options.access !== null) writeFileSync(options.access, JSON.stringify(lab.access));
    await ended(stop.signal);
    if (options.access !== null) rmSync(options.access, { force: true });
    console.error('taking it down …');
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  console.error('nothing is left of it');
  return 0;
}

/** `access`: file that says where the lab is while it runs, for `BINNACLE_LAB_ACCESS`; null: none. */
function readOptions(): { containers: number; databases: boolean; access: string | null } | null {
  try {
    const { values } = parseArgs({
      options: {
        containers: { type: 'string', default: '60' },
        databases: { type: 'boolean', default: true },
        access: { type: 'string' },
      },
      allowNegative: true,
    });
    const containers = /^\d{1,4}$/.test(values.containers) ? Number(values.containers) : 0;
    return containers > 0 ? { containers, databases: values.databases, access: values.access ?? null } : null;
  } catch {
    return null;
  }
}

const introduction = (lab: LabAccess) => `
ssh target    ${lab.target}
local socket  ${lab.socketPath}
identity      ${lab.clientKeyFile}
known hosts   ${lab.knownHostsFile}
host key      ${lab.hostKeyFingerprint}

binnacle status ${lab.target} --identity ${lab.clientKeyFile} --known-hosts ${lab.knownHostsFile}

${lab.containers} containers run. Ctrl-C takes everything down.
`;

async function ended(signal: AbortSignal): Promise<void> {
  // Signals alone do not keep the process alive.
  const alive = setInterval(() => {}, 60_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearInterval(alive);
}

process.exitCode = await main();
