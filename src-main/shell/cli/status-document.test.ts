import { expect, it } from 'vitest';
import { StatusDocument } from '#contract/status.ts';
import { app, container, fleet, HOSTILE, host, offline } from './status.fixture.ts';
import { statusDocument } from './status-document.ts';

it('is what the contract promises: the fleet with bare states, and the problems', () => {
  const apps = [app('shop', [container({ reason: HOSTILE })])];
  const view = fleet([host(1, { apps }), host(2, { status: offline, verdict: 'unknown' })], { verdict: 'unknown' });
  const problems = [{ where: 'ssh://ops@atlas2', code: 'CONNECT_REFUSED' as const, message: 'Refused.', hint: null }];
  const document = statusDocument(view, problems);
  const [first, second] = view.hosts.map(({ status: { state }, ...rest }) => {
    const { status: _, ...without } = { status: null, ...rest };
    return { ...without, state };
  });
  expect(document).toEqual({
    schema: 1,
    verdict: 'unknown',
    sentence: 'All green · 2 s ago',
    hosts: [first, second],
    problems,
  });
  expect(StatusDocument.strict().parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
});
