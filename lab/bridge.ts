import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findProgram } from './requirements.ts';
import { run } from './run.ts';

/** A link as `ip -json address` tells it. */
interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local?: string }[];
}

const ip = (...args: string[]) => run(findProgram('ip') ?? 'ip', args);

const links = async (...filter: string[]) =>
  JSON.parse((await ip('-json', 'address', 'show', ...filter)) || '[]') as Link[];

/**
 * Makes the bridge of one engine, with a /16 that nothing on this machine uses: its /24s are for the engine's networks.
 * @returns what dockerd's configuration says of it
 */
export async function addBridge(id: string): Promise<object> {
  const name = bridgeName(id);
  await ip('link', 'add', name, 'type', 'bridge');
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const second = randomInt(64, 250);
    const prefix = `10.${second}.`;
    if (await used(prefix, name)) continue;
    await ip('address', 'add', `${prefix}255.1/24`, 'dev', name);
    // Another lab may have chosen the same at the same time: whoever sees the other gives way.
    if (!(await used(prefix, name))) {
      await ip('link', 'set', name, 'up');
      return { bridge: name, 'default-address-pools': [{ base: `${prefix}0.0/16`, size: 24 }] };
    }
    await ip('address', 'flush', 'dev', name);
  }
  throw new Error('No free address range was found for the lab: every 10.x.0.0/16 that was tried is in use.');
}

/**
 * Removes the bridges of an engine that is gone: its own and those of its networks, whose names stand, as JSON, in the
 * store of its network library.
 */
export async function removeBridges(id: string, store: string): Promise<void> {
  const content = existsSync(store) ? await readFile(store, 'latin1') : '';
  const names = new Set([
    bridgeName(id),
    ...Array.from(content.matchAll(/"BridgeName":"([^"]+)"/g), ([, name]) => name),
  ]);
  for (const { ifname } of await links('type', 'bridge')) {
    if (names.has(ifname)) await ip('link', 'delete', ifname);
  }
}

/** At most 15 characters, as the kernel wants it. */
const bridgeName = (id: string) => `bl-${id}`;

async function used(prefix: string, except: string): Promise<boolean> {
  const addresses = (await links()).filter((link) => link.ifname !== except).flatMap((link) => link.addr_info);
  const routes = JSON.parse((await ip('-json', 'route', 'show', 'table', 'all')) || '[]') as {
    dst?: string;
    dev?: string;
  }[];
  return (
    addresses.some(({ local }) => local?.startsWith(prefix)) ||
    routes.some(({ dst, dev }) => dst?.startsWith(prefix) && dev !== except)
  );
}
