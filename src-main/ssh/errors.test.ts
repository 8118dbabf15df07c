import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { connectError, handshakeError, lostError, machineOf } from './errors.ts';
import { hopOf } from './hop.fixture.ts';

const target = hopOf({ host: 'fe80::1%eth0', port: 2222 });
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('connectError', () => {
  it.each([
    ['ENOTFOUND', 'ADDRESS_NOT_FOUND'],
    ['EAI_AGAIN', 'ADDRESS_NOT_FOUND'],
    ['ECONNREFUSED', 'CONNECT_REFUSED'],
    ['ETIMEDOUT', 'CONNECT_TIMEOUT'],
    ['ECONNRESET', 'HANDSHAKE_FAILED'],
    ['EHOSTUNREACH', 'UNREACHABLE'],
    ['ENETUNREACH', 'UNREACHABLE'],
    ['EACCES', 'UNREACHABLE'],
  ])('translates %s into %s', (code, expected) => {
    expect(connectError(target, system(code)).code).toBe(expected);
  });

  it('tells a name without an address from one that no name server gave an answer for', () => {
    const words = (code: string) => {
      const { message, hint } = connectError(hopOf({ host: 'web' }), system(code));
      return [message, hint];
    };
    expect([words('EAI_AGAIN'), words('ENOTFOUND')]).toEqual([
      ['The name web could not be resolved now.', expect.stringMatching(/^No name server gave an answer/)],
      ['The name web has no address.', expect.stringMatching(/^Check the spelling/)],
    ]);
  });

  it('reports the refusal where one of several addresses refused', () => {
    const error = connectError(target, new AggregateError([system('ENETUNREACH'), system('ECONNREFUSED')]));
    expect(`${error.code}: ${error.message}`).toBe('CONNECT_REFUSED: [fe80::1%eth0]:2222 refused the connection.');
  });
});

it('names a machine by user, host and port, made visible', () => {
  expect([machineOf(target), machineOf({ user: 'a\u202eb', host: 'h', port: 22 })]).toEqual([
    'me@[fe80::1%eth0]:2222',
    'a\\u{202e}b@h:22',
  ]);
});

describe('handshakeError', () => {
  const said = (firstLine: string) => handshakeError(target, { phase: 'greeting', firstLine }, 'closed the connection');

  it('tells another service from an SSH server, and both from one that turns away connections', () => {
    expect([said('220 mail ESMTP').code, said('HTTP/1.1 400 Bad Request').code]).toEqual(['NOT_SSH', 'NOT_SSH']);
    expect([said('Exceeded MaxStartups').code, said('Not allowed at this time').code]).toEqual([
      'HANDSHAKE_FAILED',
      'HANDSHAKE_FAILED',
    ]);
  });
});

describe('lostError', () => {
  it.each([
    [null, 'the host closed it'],
    [system('ECONNRESET'), 'it was reset'],
    [new Error('Keepalive timeout'), 'the host has not answered for 9 s'],
    [new Error('server\u001b[2J going\ndown'), 'server␛[2J going␊down'],
  ])('says of %s what was seen', (cause, reason) => {
    expect(lostError(target, cause)).toMatchObject({
      code: 'CONNECTION_LOST',
      message: `The connection to [fe80::1%eth0]:2222 was lost: ${reason}.`,
    });
  });

  it('is no mere loss where the host came back with another key at a change of session keys', () => {
    expect(lostError(target, new Error('Host denied (verification failed)')).code).toBe('HOST_KEY_CHANGED');
  });

  it('says how long a host was waited for that is asked more often than usual', () => {
    const hop = hopOf({ keepalive: { intervalMs: 1_000, count: 3 } });
    expect(lostError(hop, new Error('Keepalive timeout')).message).toContain('has not answered for 4 s');
  });

  it('names the machine on the way that was lost, and the first one where that went through others too', () => {
    const jump = hopOf({ host: 'bastion' });
    const other = hopOf({ host: 'inner' });
    const first = lostError(jump, system('ECONNRESET'));
    const second = lostError(other, first, jump);
    expect(second).toMatchObject({
      code: 'CONNECTION_LOST',
      message: 'The way to inner:22 was lost. The connection to bastion:22 was lost: it was reset.',
      details: { jump: 'me@bastion:22' },
    });
    expect(lostError(target, second, other).details).toMatchObject({ jump: 'me@bastion:22' });
    // A machine on the way whose key changed is no reason to block the host behind it.
    expect(lostError(target, new AppError('HOST_KEY_CHANGED', 'It changed its key.'), jump).code).toBe(
      'CONNECTION_LOST',
    );
  });
});
