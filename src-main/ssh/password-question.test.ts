import { expect, it } from 'vitest';
import { asksForPassword } from './password-question.ts';

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
