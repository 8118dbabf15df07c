import { expect, it } from 'vitest';
import { subnetOf } from './subnet.ts';

it.each([
  ['172.20.0.2', ['172.20.0.0/16'], '172.20.0.0/16'],
  ['172.20.0.2', ['fd00::/64', '172.20.0.0/16'], '172.20.0.0/16'],
  ['fd00::2', ['172.20.0.0/16', 'fd00::/64'], 'fd00::/64'],
  ['172.20.0.2', ['fd00::/64'], null],
  ['172.20.0.2', [], null],
  [null, ['172.20.0.0/16', 'fd00::/64'], '172.20.0.0/16'],
  [null, [], null],
])('%s among %j is in %s', (ip, subnets, subnet) => {
  expect(subnetOf(ip, subnets)).toBe(subnet);
});
