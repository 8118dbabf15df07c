import { expect, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { ALLOWED, CHANGES, FILTERS, ID, passes } from './gate.fixture.ts';
import { checkRequest, ENGINE_GATE, type GateEntry, type HostMode } from './gate.ts';
import { API_MINOR } from './negotiation.ts';

test.each(ALLOWED)('%s is %s', (path, name) => {
  expect(checkRequest({ method: 'GET', path, hasBody: false }, 'observe')).toMatchObject({ name, effect: 'read' });
});

test.each(CHANGES)('%s is %s, by a POST without a body, where changes are allowed', (path, name, deadlineMs) => {
  const entry = checkRequest({ method: 'POST', path, hasBody: false }, 'operate');
  expect(entry).toMatchObject({ name, effect: 'change', stream: false, inBulk: false });
  expect(entry.deadlineMs(path)).toBe(deadlineMs);
  expect(passes(path, { method: 'POST' }, 'observe')).toBe(false);
  expect(passes(path, { method: 'POST', hasBody: true })).toBe(false);
});

test('a read has the deadline of all reads', () => {
  const deadlines = ENGINE_GATE.filter(({ effect }) => effect === 'read').map((entry) => entry.deadlineMs('/_ping'));
  expect(new Set(deadlines)).toEqual(new Set([limits.engine.requestMs]));
});

test('of all times to stop that could be written, those are let through that are whole seconds within the bound', () => {
  const texts = Array.from({ length: 2_000 }, (_, seconds) => String(seconds));
  const passed = (what: string) =>
    texts.filter((t) => passes(`/v1.41/containers/${ID}/${what}?t=${t}`, { method: 'POST' }));
  const listed = texts.slice(0, limits.actions.mostGraceSeconds + 1);
  expect([passed('stop'), passed('restart')]).toEqual([listed, listed]);
});

test.each([
  ...['', '-1', '+1', '01', '00', '1.0', '1e1', '0x1', ' 1', '1 ', '%31', '１', '601', '999999999999', 'NaN'].map(
    (t) => `/v1.41/containers/${ID}/stop?t=${t}`,
  ),
  `/v1.41/containers/${ID}/stop`,
  `/v1.41/containers/${ID}/stop?`,
  `/v1.41/containers/${ID}/stop?t=1&t=2`,
  `/v1.41/containers/${ID}/stop?t=1&signal=SIGKILL`,
  `/v1.41/containers/${ID}/stop?signal=SIGKILL&t=1`,
  `/v1.41/containers/${ID}/stop?T=1`,
  `/v1.41/containers/${ID}/stop/?t=1`,
  `/v1.41/containers/${ID}/restart`,
  `/v1.41/containers/${ID}/start?`,
  `/v1.41/containers/${ID}/start?t=1`,
  `/v1.41/containers/${ID}/start?checkpoint=x`,
  `/v1.41/containers/${ID}/start?detachKeys=a`,
  `/v1.41/containers/${ID.slice(0, 63)}/start`,
  `/v1.41/containers/${ID.slice(0, 12)}/stop?t=1`,
  `/v1.41/containers/${ID.toUpperCase()}/start`,
  '/v1.41/containers/web/start',
  `/v1.41/containers/${ID}/../${ID}/start`,
  `/v1.41//containers/${ID}/start`,
  `/containers/${ID}/start`,
  `/v1.40/containers/${ID}/start`,
  ...['kill', 'pause', 'unpause', 'rename?name=x', 'update', 'exec', 'attach', 'wait', 'resize?h=1&w=1', 'copy'].map(
    (what) => `/v1.41/containers/${ID}/${what}`,
  ),
  '/v1.41/containers/create',
  '/v1.41/containers/prune',
  '/v1.41/build',
])('POST %j is refused', (path) => {
  expect(passes(path, { method: 'POST' })).toBe(false);
});

test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'post', 'POST ', ''])(
  'a change by %j is refused',
  (method) => {
    expect(CHANGES.filter(([path]) => passes(path, { method }))).toEqual([]);
  },
);

test('the versions let through are those negotiation may agree on', () => {
  const passed = Array.from({ length: 200 }, (_, minor) => minor).filter((minor) => passes(`/v1.${minor}/networks`));
  expect([passed[0], passed.at(-1), passed.length]).toEqual([API_MINOR.floor, API_MINOR.ceiling, 11]);
});

test.each([
  '',
  '/',
  '*',
  '/info',
  '/_ping/',
  '/_ping?',
  '/_Ping',
  '/version?all=1',
  '/containers/json?all=1',
  '/v1.41/_ping',
  '/v1.41/version',
  '/v1.40/networks',
  '/v1.52/networks',
  '/v2.41/networks',
  '/v1.041/networks',
  '/v1.41.1/networks',
  '/V1.41/networks',
  '/v1.41/networks/',
  '/v1.41//networks',
  '//v1.41/networks',
  '/v1.41/networks?',
  '/v1.41/networks#',
  '/v1.41/networks\n',
  '/v1.41/networks\u0000',
  '/v1.41/n%65tworks',
  '/v1.41/plugins',
  '/v1.41/containers/json',
  '/v1.41/containers/json?all=2',
  '/v1.41/containers/json?all=TRUE',
  '/v1.41/containers/json?all=1&all=1',
  '/v1.41/containers/json?all=1&size=1',
  '/v1.41/containers/json?all=1&',
  '/v1.41/containers/json?&all=1',
  '/v1.41/containers/json?ALL=1',
  '/v1.41/containers/json?all=%31',
  `/v1.41/containers/${ID}`,
  `/v1.41/containers/${ID}/`,
  `/v1.41/containers/${ID}/json?size=1`,
  `/v1.41/containers/${ID}0/json`,
  `/v1.41/containers/${ID.toUpperCase()}/json`,
  '/v1.41/containers/0123456789a/json',
  '/v1.41/containers/web/json',
  '/v1.41/containers/../networks',
  '/v1.41/containers/..%2fnetworks/json',
  '/v1.41/containers/%252e%252e/json',
  `/v1.41/containers/${ID}/kill`,
  `/v1.41/containers/${ID}/archive?path=/`,
  `/v1.41/containers/${ID}/stats`,
  `/v1.41/containers/${ID}/stats?stream=true`,
  `/v1.41/containers/${ID}/stats?one-shot=true&stream=false`,
  `/v1.41/containers/${ID}/logs`,
  `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&tail=-1`,
  `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&since=now`,
  `/v1.41/events`,
  `/v1.41/events?since=1`,
  `/v1.41/events?filters=%7B%7D`,
  `/v1.41/events?filters=${FILTERS}&since=1`,
  `/v1.41/events?filters=${FILTERS.toLowerCase()}`,
  'http://engine/v1.41/networks',
  '/v1.41/nétworks',
])('%j is refused', (path) => {
  expect(passes(path)).toBe(false);
});

test.each(['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'get', 'GET ', ''])(
  '%j is refused',
  (method) => {
    expect(ALLOWED.filter(([path]) => passes(path, { method }))).toEqual([]);
  },
);

test('a body is refused everywhere', () => {
  expect(ALLOWED.filter(([path]) => passes(path, { hasBody: true }))).toEqual([]);
});

test('observe uses reads only, operate the rest as well', () => {
  const [first] = ENGINE_GATE as [GateEntry];
  const gate = (['read', 'change', 'destroy'] as const).map(
    (effect): GateEntry => ({ ...first, effect, target: new RegExp(`^/${effect}$`) }),
  );
  const passed = (mode: HostMode) =>
    gate.filter(({ effect }) => passes(`/${effect}`, {}, mode, gate)).map((one) => one.effect);
  expect({ observe: passed('observe'), operate: passed('operate') }).toEqual({
    observe: ['read'],
    operate: ['read', 'change', 'destroy'],
  });
});

test('a refusal names what was asked, made visible and cut', () => {
  const refusal = expect.objectContaining({
    code: 'GATE_REFUSED',
    message: expect.stringContaining('POST /\u241b\\u{202e}'),
  });
  expect(() => checkRequest({ method: 'POST', path: '/\u001b\u202e', hasBody: false }, 'operate')).toThrow(refusal);
  const [path] = CHANGES[0] ?? [''];
  expect(() => checkRequest({ method: 'POST', path, hasBody: false }, 'observe')).toThrow(
    expect.objectContaining({
      code: 'GATE_REFUSED',
      message: expect.stringContaining('this host is set to observe only'),
      hint: 'Nothing was sent. Set the host to operate if you want to change it.',
    }),
  );
  const huge = { method: 'GET', path: `/${'x'.repeat(10_000_000)}`, hasBody: false };
  expect(() => checkRequest(huge, 'operate')).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(new RegExp(`.{${limits.text.reasonChars * 2}}`)) }),
  );
});
