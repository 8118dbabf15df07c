import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { WindowHost } from '../e2e/window.ts';
import type { DemoHost } from '../src-main/demo/demo.ts';

export interface SimulatedFleet extends AsyncDisposable {
  readonly hosts: readonly WindowHost[];
  readonly knownHostsFile: string;
}

/** Simulated hosts in a process of their own, to which things happen all the time. */
export async function startSimulatedFleet(hosts: number, containers: number): Promise<SimulatedFleet> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-fleet-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const program = join(import.meta.dirname, 'demo-process.ts');
  const child = spawn(process.execPath, [program, String(hosts), String(containers)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  cleanup.defer(async () => {
    child.stdin.end();
    await ended;
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>,
    ended.then(() => Promise.reject(new Error('The simulated fleet did not start.'))),
  ]);
  const simulated = JSON.parse(line) as DemoHost[];
  const knownHostsFile = join(folder, 'known_hosts');
  await writeFile(knownHostsFile, await knownHosts(simulated));
  const owned = cleanup.move();
  return {
    hosts: simulated.map(({ label, target, identityFile }) => ({ name: label, target, identityFile })),
    knownHostsFile,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** They all have the same key. */
async function knownHosts(hosts: readonly DemoHost[]): Promise<string> {
  const ports = hosts.map(({ target }) => new URL(target).port);
  const { stdout } = await promisify(execFile)('ssh-keyscan', ['-t', 'ed25519', '-p', ports[0] ?? '', '127.0.0.1']);
  const key = /ssh-ed25519 \S+/.exec(stdout)?.[0];
  if (key === undefined) throw new Error(`ssh-keyscan found no key: ${stdout}`);
  return ports.map((port) => `[127.0.0.1]:${port} ${key}\n`).join('');
}
