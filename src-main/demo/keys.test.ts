import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { makePair } from './keys.ts';

const broken = { private: 'a byte short', public: 'ssh-ed25519 AAAA' };

test('a pair that cannot be read is made again', () => {
  const last = makePair();
  const generated = {
    private: last.privateText,
    public: `ssh-ed25519 ${last.publicKey.getPublicSSH().toString('base64')}`,
  };
  const pairs = [broken, broken, generated];
  const { privateText } = makePair(() => pairs.shift() as typeof broken);
  expect([privateText === last.privateText, pairs]).toEqual([true, []]);
});

test('there is an end to it', () => {
  expect(() => makePair(() => broken)).toThrow('The demo could not make its keys.');
});

test('of many pairs, of which some are a byte short as ssh2 makes them, every one can be used', () => {
  const unusable = Array.from({ length: 500 }, () => makePair()).filter(({ privateText, publicKey }) => {
    const key = ssh2.utils.parseKey(privateText);
    return key instanceof Error || publicKey.verify(Buffer.from('demo'), key.sign(Buffer.from('demo'))) !== true;
  });
  expect(unusable).toEqual([]);
});
