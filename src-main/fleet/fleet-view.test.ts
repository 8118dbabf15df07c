import { describe, expect, it } from 'vitest';
import type { Host, Verdict } from '#contract/fleet.ts';
import { fleetView } from './fleet-view.ts';

const NOW = Date.parse('2027-01-15T08:00:00Z');

function host(verdict: Verdict): Host {
  return {
    id: 'b1f2a3c4-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    status: { state: 'live', since: '2027-01-15T07:00:00Z' },
    verdict,
    engine: null,
    latencyMs: null,
    freshAt: '2027-01-15T07:59:58Z',
    apps: [],
  };
}

describe('fleetView', () => {
  it('is the worst of its hosts, in the order given', () => {
    const hosts = [host('green'), host('unknown'), host('green')];
    expect(fleetView(hosts, NOW)).toEqual({
      verdict: 'unknown',
      sentence: '1 host unknown · no containers · 3 hosts · 2 s ago',
      hosts,
    });
  });

  it('without a host is unknown: nothing is no proof of health', () => {
    expect(fleetView([], NOW)).toEqual({ verdict: 'unknown', sentence: 'No hosts yet', hosts: [] });
  });
});
