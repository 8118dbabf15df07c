import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import type { LabAccess } from './lab-access.ts';

/** The lab, reached by a way that fails when it is told to. */
export interface FaultyWay extends FaultProxy {
  /** As {@link LabAccess.target}, through the proxy. */
  readonly target: string;
  /** As {@link LabAccess.knownHostsFile}, for the proxy's port. */
  readonly knownHostsFile: string;
}

/** A fault proxy before the lab's sshd. Leaves nothing behind when it is disposed. */
export async function faultyWay(lab: LabAccess): Promise<FaultyWay> {
  await using undo = new AsyncDisposableStack();
  const proxy = undo.use(await startFaultProxy(lab));
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-faulty-way-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const knownHostsFile = join(folder, 'known_hosts');
  const known = await readFile(lab.knownHostsFile, 'utf8');
  await writeFile(knownHostsFile, known.replaceAll(`]:${lab.port} `, `]:${proxy.port} `));
  const owned = undo.move();
  return {
    host: proxy.host,
    port: proxy.port,
    get connections() {
      return proxy.connections;
    },
    get accepted() {
      return proxy.accepted;
    },
    get acceptedAt() {
      return proxy.acceptedAt;
    },
    cut: () => proxy.cut(),
    reset: () => proxy.reset(),
    refuse: () => proxy.refuse(),
    blackHole: () => proxy.blackHole(),
    latency: (ms) => proxy.latency(ms),
    drip: (bytesPerSecond) => proxy.drip(bytesPerSecond),
    cutAfter: (bytes, further) => proxy.cutAfter(bytes, further),
    apply: (fault) => proxy.apply(fault),
    heal: () => proxy.heal(),
    target: `ssh://${lab.user}@${proxy.host}:${proxy.port}${lab.socketPath}`,
    knownHostsFile,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
