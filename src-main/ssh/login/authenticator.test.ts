import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { nobody } from '../connection.fixture.ts';
import { hopOf } from '../hop.fixture.ts';
import type { LoginPlan } from './auth-order.ts';
import type { Offer } from './authentication.ts';
import { Authenticator } from './authenticator.ts';
import { generateKeyPair } from './key-pair.fixture.ts';
import { emptyRecord } from './login-record.ts';
import { LoginTime } from './login-time.ts';

const key = () => ssh2.utils.parseKey(generateKeyPair('ed25519').private) as ParsedKey;
const offer = (label: string, agentSocket: string | null = null): Offer => ({ label, key: key(), agentSocket });

/** An authenticator that was begun, and what it sends. */
function begun(plan: Partial<LoginPlan>) {
  const record = emptyRecord();
  const sent: (string | false)[] = [];
  using time = new LoginTime(systemClock, () => new AppError('TIMEOUT', 'Late.'));
  const authenticator = new Authenticator({
    ...{ hop: hopOf(), isJump: false, prompts: nobody, record, time, clock: systemClock, hostKey: () => 'SHA256:abc' },
    plan: { offers: [], password: null, interactive: false, ...plan },
    over: new AbortController().signal,
    fail: (error) => {
      throw error;
    },
  });
  const next = (method: unknown) => {
    const given = method as AnyAuthMethod | false;
    sent.push(given && `${given.username} ${given.type}`);
  };
  authenticator.handler([], false, next);
  return { authenticator, record, sent };
}

describe('keys', () => {
  it('are offered once each, in order, and no more than a server takes; never none', () => {
    const labels = ['1', '2', '3', '4', '5', '6', '7'];
    const offers = labels.map((label) => offer(label, label === '2' ? '/agent' : null));
    const { authenticator, record, sent } = begun({ offers });
    for (const _ of labels) authenticator.refused(['publickey', 'password'], false);
    const files = ['me publickey', 'me publickey', 'me publickey', 'me publickey'];
    expect({ sent, record }).toEqual({
      sent: ['me publickey', 'me agent', ...files, false],
      record: {
        tried: ['1', '2', '3', '4', '5', '6'],
        signed: new Map(),
        keysRefused: 6,
        methodsLeft: ['publickey', 'password'],
        taken: [],
        challenged: false,
        said: null,
        heard: [],
        banner: [],
        left: null,
      },
    });
  });

  it('are offered no more where the host takes none', () => {
    const { authenticator, record, sent } = begun({ offers: [offer('1'), offer('2')] });
    authenticator.refused(['hostbased'], false);
    expect([sent, record.tried]).toEqual([['me publickey', false], ['1']]);
  });
});

it('takes no word of a host that was asked nothing, or that comes after the end', () => {
  const { authenticator, record, sent } = begun({ password: 'secret' });
  authenticator.refused(['password'], false);
  authenticator.refused(['publickey', 'password'], true);
  expect([sent, record.said?.how, record.methodsLeft]).toEqual([['me password', false], 'refused', ['password']]);
  const other = begun({ offers: [offer('1')] });
  other.authenticator.end();
  other.authenticator.refused(['publickey'], true);
  expect([other.sent, other.record.taken]).toEqual([['me publickey'], []]);
});
