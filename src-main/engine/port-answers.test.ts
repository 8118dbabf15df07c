import { expect, test } from 'vitest';
import { networksFrom } from './answers.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';

const ID = 'c'.repeat(64);
const LISTED = { Id: ID, Image: 'x', Created: 1 };

function inspected(NetworkSettings: object): object {
  return {
    Id: ID,
    Name: '/web',
    Image: 'x',
    Created: '',
    RestartCount: 0,
    State: { Status: 'running' },
    Config: { Image: 'x' },
    NetworkSettings,
  };
}

test('the edges of what a port and its address may be', () => {
  const told = [
    { HostIp: '', HostPort: '65535' },
    { HostIp: '::', HostPort: '1' },
    { HostIp: 'fe80::1%eth0', HostPort: '' },
  ];
  const port = { containerPort: 65_535, protocol: 'sctp' };
  expect(detailFrom(inspected({ Ports: { '65535/sctp': told } })).ports).toEqual([
    { hostIp: null, hostPort: null, ...port },
    { hostIp: '0.0.0.0', hostPort: 65_535, ...port },
    { hostIp: '::', hostPort: 1, ...port },
  ]);
});

test.each<[string, unknown, string]>([
  ['99999/tcp', null, ''],
  ['65536/udp', [], ''],
  ['80/icmp', [], ''],
  ['80/tcp', [{ HostIp: '0.0.0.0', HostPort: '700000' }], '.0.HostPort'],
  ['80/tcp', [{ HostIp: '0.0.0.0', HostPort: '65536' }], '.0.HostPort'],
  ['80/tcp', [{ HostIp: '0.0.0.0', HostPort: '8080-8090' }], '.0.HostPort'],
  ['80/tcp', [{ HostIp: 'x'.repeat(100), HostPort: '80' }], '.0.HostIp'],
  ['80/tcp', [{ HostIp: `fe80::1%${'x'.repeat(100)}`, HostPort: '80' }], '.0.HostIp'],
])('a port map of %s and %j is none, and says where', (key, bindings, field) => {
  expect(() => detailFrom(inspected({ Ports: { [key]: bindings } }))).toThrow(
    expect.objectContaining({
      code: 'ENGINE_ANSWER_INVALID',
      message: expect.stringContaining(`“NetworkSettings.Ports.${key}${field}” is wrong`),
    }),
  );
});

test('a listed port at no address is none', () => {
  expect(() => summariesFrom([{ ...LISTED, Ports: [{ IP: '<b>', PrivatePort: 1, PublicPort: 1 }] }])).toThrow(
    expect.objectContaining({
      code: 'ENGINE_ANSWER_INVALID',
      message: expect.stringContaining('“0.Ports.0.IP” is wrong (it is no IP address)'),
    }),
  );
});

test('what is told as a container’s address or a subnet and is none is not shown as one', () => {
  const addresses = ['10.0.0.2', 'fd00::2', '', '<b>', '10.0.0.2\u001b[2J', '300.0.0.1', `fe80::1%${'x'.repeat(100)}`];
  const Networks = Object.fromEntries(addresses.map((IPAddress, index) => [`n${index}`, { IPAddress }]));
  const subnets = ['10.0.0.0/8', 'fd00::/64', '10.0.0.0/33', 'fd00::/129', '10.0.0.0', '<b>/8', '10.0.0.0/8\u001b'];
  const Config = subnets.map((Subnet) => ({ Subnet }));
  expect([
    summariesFrom([{ ...LISTED, NetworkSettings: { Networks } }])[0]?.networks.map(({ ip }) => ip),
    networksFrom([{ Id: 'n', Name: 'n', IPAM: { Config } }])[0]?.subnets,
  ]).toEqual([
    ['10.0.0.2', 'fd00::2', null, null, null, null, null],
    ['10.0.0.0/8', 'fd00::/64'],
  ]);
});
