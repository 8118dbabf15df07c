import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../kernel/clock.fixture.ts';
import { limits } from '../kernel/limits.ts';
import { watchNetworks } from './network-watch.ts';

type Networks = NodeJS.Dict<NetworkInterfaceInfo[]>;

const info = (address: string, internal = false): NetworkInterfaceInfo => {
  const common = { address, netmask: '', mac: '00:00:00:00:00:00', internal, cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
};

/** How often a change was told while this machine's networks were these, one after the other. */
async function told(...networks: readonly (Networks | Error)[]): Promise<number> {
  const clock = manualClock(0);
  let [now] = networks;
  let changes = 0;
  using _watch = watchNetworks({
    clock,
    interfaces: () => {
      if (now instanceof Error) throw now;
      return now ?? {};
    },
    onChange: () => {
      changes += 1;
    },
  });
  for (const next of networks.slice(1)) {
    now = next;
    await clock.advance(limits.fleet.networkLookMs);
  }
  await clock.advance(10 * limits.fleet.networkLookMs);
  return changes;
}

const HOME: Networks = { lo: [info('127.0.0.1', true)], wlan0: [info('192.168.1.7'), info('2001:db8:0:1::7')] };
const with_ = (more: Networks): Networks => ({ ...HOME, ...more });

describe('watchNetworks', () => {
  it.each<[string, number, (Networks | Error)[]]>([
    ['nothing happens', 0, [HOME, HOME, HOME]],
    ['the address is another', 1, [HOME, with_({ wlan0: [info('10.0.0.4'), info('2001:db8:0:1::7')] })]],
    ['the network is gone, and another comes', 2, [HOME, { lo: HOME.lo }, { lo: HOME.lo, eth0: [info('10.0.0.4')] }]],
    ['a tunnel comes up', 1, [HOME, with_({ tun0: [info('10.8.0.2')] })]],
    ['the IPv6 network is another', 1, [HOME, with_({ wlan0: [info('192.168.1.7'), info('2001:db8:0:2::7')] })]],
    [
      'a temporary address comes, and the old one goes',
      0,
      [
        HOME,
        with_({ wlan0: [info('192.168.1.7'), info('2001:db8:0:1::7'), info('2001:db8::1:4d1f:9aa2:1:2')] }),
        with_({ wlan0: [info('192.168.1.7'), info('2001:0db8:0000:0001:4d1f:9aa2:1:2')] }),
      ],
    ],
    [
      'containers and machines start on this one',
      0,
      [
        HOME,
        with_({
          veth12ab: [info('169.254.1.1')],
          docker0: [info('172.17.0.1')],
          'br-77aa': [info('172.18.0.1')],
          virbr0: [info('192.168.122.1')],
          cni0: [info('10.88.0.1')],
          podman1: [info('10.89.0.1')],
        }),
      ],
    ],
    ['an interface has no address of its own', 0, [HOME, with_({ eth1: [info('fe80::1')] })]],
    ['they stand in another order', 0, [HOME, { wlan0: HOME.wlan0?.toReversed(), lo: HOME.lo }]],
    ['they cannot be read for a while', 0, [HOME, new Error('no'), HOME]],
    ['they are others after they could not be read', 1, [HOME, new Error('no'), { lo: HOME.lo }]],
    ['they cannot be read at first', 0, [new Error('no'), HOME]],
  ])('where %s: %i', async (_, times, networks) => {
    expect(await told(...networks)).toBe(times);
  });

  it('takes what this machine says of itself', async () => {
    const here = networkInterfaces();
    expect(await told(here, networkInterfaces())).toBe(0);
  });

  it('looks no more once it is disposed', async () => {
    const clock = manualClock(0);
    let looks = 0;
    const watch = watchNetworks({
      clock,
      interfaces: () => {
        looks += 1;
        return {};
      },
      onChange: () => undefined,
    });
    await clock.advance(limits.fleet.networkLookMs);
    watch[Symbol.dispose]();
    await clock.advance(60_000);
    expect([looks, clock.sleeping()]).toEqual([2, []]);
  });
});
