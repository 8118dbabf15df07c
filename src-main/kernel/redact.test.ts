import { describe, expect, it } from 'vitest';
import { limits } from './limits.ts';
import { redact } from './redact.ts';

describe('redact', () => {
  it('takes out what goes by the name of a secret, at any depth', () => {
    expect(
      redact({
        passphrase: 'a',
        nested: [{ apiToken: 'a', PRIVATE_KEY: 'a', user: 'deploy', password: null }],
        headers: { Authorization: 'Bearer a', cookie: 'a' },
      }),
    ).toEqual({
      passphrase: '[redacted]',
      nested: [{ apiToken: '[redacted]', PRIVATE_KEY: '[redacted]', user: 'deploy', password: null }],
      headers: { Authorization: '[redacted]', cookie: '[redacted]' },
    });
  });

  it('takes out what looks like a secret, in texts and in errors', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----';
    expect([
      redact(`before ${key} after`),
      redact(key.slice(0, 50)),
      redact('ssh://me:hunter2@host/path'),
      (redact(new Error(`bad ssh://me:p@ss@host`)) as { message: string }).message,
    ]).toEqual([
      'before [private key] after',
      '[private key]',
      'ssh://me:[redacted]@host/path',
      'bad ssh://me:[redacted]@host',
    ]);
  });

  it('keeps what is large, deep or odd within bounds', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const list = redact(Array.from({ length: limits.log.listEntries + 5 }, () => 0)) as unknown[];
    expect({
      loop: JSON.stringify(redact(loop)).includes('[deeper]'),
      text: (redact('x'.repeat(limits.log.textChars * 2)) as string).length < limits.log.textChars + 50,
      list: list.at(-1),
      odd: redact([1n, undefined, () => 1, Buffer.from('abc'), new Date(0), new Date(Number.NaN)]),
    }).toEqual({
      loop: true,
      text: true,
      list: '[5 more]',
      odd: ['1', '[undefined]', '[function]', '[3 bytes]', '1970-01-01T00:00:00.000Z', '[no date]'],
    });
  });
});
