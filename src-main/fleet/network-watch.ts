import type { NetworkInterfaceInfo } from 'node:os';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';

interface NetworkWatchOptions {
  readonly clock: Clock;
  /** As `os.networkInterfaces`. */
  readonly interfaces: () => NodeJS.Dict<readonly NetworkInterfaceInfo[]>;
  /** This machine's addresses are others than before. */
  readonly onChange: () => void;
}

/** Made by container engines and virtual machines on this machine, and come and go with what runs in them. */
const LOCAL_NETWORKS = /^(?:veth|docker|br-|virbr|vnet|cni|podman|lxcbr|lxdbr|flannel|cali)/;
/** Whatever is plugged in has one (RFC 4291, 2.5.6): it leads nowhere. */
const LINK_LOCAL = /^fe[89ab]/i;

/**
 * Calls back each time this machine's addresses have changed: nothing else tells a process that its network is another. Of
 * an IPv6 address only the network counts: the rest is made anew every day or so (RFC 8981), and the old one still works.
 * Until it is disposed.
 */
export function watchNetworks({ clock, interfaces, onChange }: NetworkWatchOptions): Disposable {
  const stop = new AbortController();
  const watch = async () => {
    let known = addresses(interfaces);
    for (;;) {
      await clock.sleep(limits.fleet.networkLookMs, stop.signal);
      const now = addresses(interfaces);
      if (now === null || now === known) continue;
      // Not where they could not be read before.
      const isNews = known !== null;
      known = now;
      if (isNews) onChange();
    }
  };
  // It only ever ends by its own end.
  void watch().catch(() => undefined);
  return { [Symbol.dispose]: () => stop.abort() };
}

/** A text that is another where they are; null where the system does not tell. */
function addresses(interfaces: NetworkWatchOptions['interfaces']): string | null {
  let all: ReturnType<typeof interfaces>;
  try {
    all = interfaces();
  } catch {
    return null;
  }
  const counted = Object.entries(all).flatMap(([name, list = []]) =>
    LOCAL_NETWORKS.test(name)
      ? []
      : list
          .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
          .map(({ family, address }) => `${name} ${family === 'IPv6' ? networkOf(address) : address}`),
  );
  return [...new Set(counted)].sort().join('\n');
}

/** The first 64 bits, which are its network's (RFC 4291, 2.5.4). */
function networkOf(address: string): string {
  const [before = '', after] = address.split('::');
  const groups = before.split(':').filter((group) => group !== '');
  if (after !== undefined) {
    const rest = after.split(':').filter((group) => group !== '').length;
    groups.push(...Array.from({ length: Math.max(0, 8 - groups.length - rest) }, () => '0'));
    groups.push(...after.split(':'));
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}
