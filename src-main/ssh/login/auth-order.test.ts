import { expect, it } from 'vitest';
import type { Hop } from '../hop.ts';
import { type LoginPlan, nextProof } from './auth-order.ts';
import type { Offer } from './authentication.ts';
import { emptyRecord, type LoginRecord } from './login-record.ts';

const offer = { label: '/k' } as Offer;
const taken: LoginRecord['taken'] = [{ kind: 'key', offer }];
const keyboard = 'keyboard-interactive';

interface Case {
  readonly left: readonly string[] | null;
  readonly offers?: readonly Offer[];
  readonly plan?: Partial<LoginPlan>;
  readonly record?: Partial<LoginRecord>;
  readonly methods?: Partial<Hop['methods']>;
}

function decide({ left, offers = [], plan, record, methods }: Case) {
  const all = { publicKey: true, keyboardInteractive: true, password: true };
  return nextProof(
    {
      plan: { offers: [], password: null, interactive: false, ...plan },
      methods: { ...all, ...methods },
    },
    { ...emptyRecord(), methodsLeft: left, ...record },
    offers,
  ).kind;
}

it.each<[string, Case, string]>([
  ['a key, before the host has said anything', { left: null, offers: [offer] }, 'key'],
  ['a key, where the host takes more', { left: ['password', 'publickey'], offers: [offer] }, 'key'],
  ['no key, where it takes none', { left: ['hostbased'], offers: [offer] }, 'stop'],
  ['nothing, to learn what it takes', { left: null }, 'none'],
  ['the password that was typed for it, first', { left: null, offers: [offer], plan: { password: 'x' } }, 'password'],
  ['that password once', { left: ['password'], plan: { password: 'x' } }, 'stop'],
  ['answers, where they are wished', { left: ['password', keyboard], plan: { interactive: true } }, 'challenge'],
  ['no answers, where a passphrase comes first', { left: [keyboard] }, 'stop'],
  ['answers, after a key that was taken', { left: [keyboard], record: { taken } }, 'challenge'],
  ['answers once', { left: [keyboard], plan: { interactive: true }, record: { challenged: true } }, 'stop'],
  [
    'no answers, where ssh_config says so',
    { left: [keyboard], record: { taken }, methods: { keyboardInteractive: false } },
    'stop',
  ],
  ['a second key before answers', { left: [keyboard, 'publickey'], offers: [offer], record: { taken } }, 'key'],
  ['answers before the password', { left: ['password', keyboard], record: { taken } }, 'challenge'],
  ['the password, after a key that was taken', { left: ['password'], record: { taken } }, 'ask-password'],
  ['no password, where nothing was taken', { left: ['password'], plan: { interactive: true } }, 'stop'],
  [
    'no password, where ssh_config says so',
    { left: ['password'], record: { taken }, methods: { password: false } },
    'stop',
  ],
  [
    'nothing, after an answer that was refused',
    {
      left: ['publickey', keyboard, 'password'],
      offers: [offer],
      plan: { interactive: true },
      record: { taken, said: { what: 'password', how: 'refused', asked: ['password'] } },
    },
    'stop',
  ],
])('gives %s', (_, situation, expected) => {
  expect(decide(situation)).toBe(expected);
});
