import { describe, expect, it } from 'vitest';
import { connectError, lostError } from './errors.ts';

const target = { user: 'me', host: 'fe80::1%eth0', port: 2222, socketPath: '/run/docker.sock' };
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

  it('reports the refusal where one of several addresses refused', () => {
    const error = connectError(target, new AggregateError([system('ENETUNREACH'), system('ECONNREFUSED')]));
    expect(`${error.code}: ${error.message}`).toBe('CONNECT_REFUSED: [fe80::1%eth0]:2222 refused the connection.');
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
});
