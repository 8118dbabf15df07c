import { expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import type { HostReach, ReachRequest } from './host-reach.ts';
import { inWindowWords } from './window-words.ts';

const thrownBy = async (error: unknown) => {
  const reach: HostReach = () => Promise.reject(error);
  return await inWindowWords(reach)({} as ReachRequest).catch((thrown: unknown) => thrown);
};

it.each<[ErrorCode, string, string]>([
  ['AUTH_NO_CREDENTIALS', 'Name a key with --identity FILE.', 'Load a key with "ssh-add", or choose a key file'],
  ['PASSPHRASE_NEEDED', 'Give --passphrase-fd.', 'Try again and enter it'],
  ['HOST_KEY_UNREADABLE', 'Name another file with --known-hosts.', 'Put that right, then try again.'],
])('says what can be done in a window about %s', async (code, hint, words) => {
  const cause = new Error('why');
  const error = new AppError(code, 'It is so.', { hint, details: { file: '/k' }, cause });
  expect(await thrownBy(error)).toMatchObject({
    code,
    message: 'It is so.',
    hint: expect.stringContaining(words),
    details: { file: '/k' },
    cause,
  });
});

it('leaves everything else as it is', async () => {
  const fits = new AppError('AUTH_FAILED', 'No.', { hint: 'Check what "ssh-keygen -lf" prints.' });
  const bug = new TypeError('a bug');
  const all = [fits, new AppError('AUTH_FAILED', 'No.'), new AppError('TIMEOUT', 'Late.', { hint: 'Give --x.' }), bug];
  expect(await Promise.all(all.map(thrownBy))).toEqual(all);
});
