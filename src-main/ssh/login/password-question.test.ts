import { expect, it } from 'vitest';
import { asksForPassword, asksToChangePassword } from './password-question.ts';

const prompt = (text: string, echo = false) => ({ prompt: text, echo });

it.each(['Password: ', 'Password:', 'password :', "ana@web's password: ", 'Password for ana@web.example:'])(
  'takes %j for the password',
  (text) => {
    expect(asksForPassword([prompt(text)])).toBe(true);
  },
);

it.each([
  [[prompt('Password: ', true)]],
  [[prompt('Password: '), prompt('Code: ')]],
  [[]],
  [[prompt('New password: ')]],
  [[prompt('(current) UNIX password: ')]],
  [[prompt('One-time password: ')]],
  [[prompt('Password & code: ')]],
  [[prompt('Password')]],
  [[prompt('Password: for your bank: ')]],
  [[prompt('Verification code: ')]],
  [[prompt(`${'a'.repeat(100_000)}'s password`)]],
])('takes %j for another question', (prompts) => {
  expect(asksForPassword(prompts)).toBe(false);
});

it.each([
  [[], ['New password: ']],
  [[], ['Enter new UNIX password: ']],
  [[], ['Enter New Password: ']],
  [['Password expired. Change it now.'], ['New password: ', 'Retype new password: ']],
  [[], ['You are required to change your password immediately (administrator enforced).\nCurrent password: ']],
  [[], ['You are required to change your LDAP password immediately.\n(current) LDAP Password: ']],
  [['Your password has expired'], ['Old Password: ']],
])('takes %j with %j for the change of an expired password', (texts, prompts) => {
  expect(
    asksToChangePassword(
      texts,
      prompts.map((text) => prompt(text)),
    ),
  ).toBe(true);
});

it.each([
  [['Your password will expire in 3 days.'], ['Password: ']],
  [['Your password will expire in 3 days. Change your password soon.'], ['Password: ']],
  [['If your password has expired, ask Ana.'], ['Password: ', 'Code: ']],
  [[], ['Current password: ']],
  [[], ['New one-time password: ']],
  [[], ['New PIN: ']],
  [['Enter a new password at https://example.net.'], ['Code: ']],
  [['Change your password.'], [`old ${'x '.repeat(200_000)}password`]],
])('takes %j with %j for what it is', (texts, prompts) => {
  expect(
    asksToChangePassword(
      texts,
      prompts.map((text) => prompt(text)),
    ),
  ).toBe(false);
});
