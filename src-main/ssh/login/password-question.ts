import type { Prompt } from 'ssh2';

/**
 * Whether a round of keyboard-interactive asks for nothing but the password, as PAM does for the usual login: `Password:`,
 * `ana@web's password:`, `Password for ana@web:`. A new, current or one-time password is another question.
 */
export function asksForPassword(prompts: readonly Prompt[]): boolean {
  const [prompt, ...others] = prompts;
  if (prompt === undefined || others.length > 0 || prompt.echo === true) return false;
  return /^\s*(?:[^\s']{1,256}'s )?password(?: for [^\s:]{1,256})?\s*:\s*$/i.test(prompt.prompt);
}

/**
 * Whether a round asks for another password in place of an expired one. PAM's words (pam_unix, pam_sss, pam_krb5) for
 * its change: `New password:`, `Enter new UNIX password:`; before that, of all but root, the old one by `Current
 * password:` or `(current) UNIX password:`, which counts only where the round also says that it must be changed (sshd
 * puts that before the question). One that will expire some day is not meant, and other languages are not understood:
 * that round is put to the person as it is.
 */
export function asksToChangePassword(texts: readonly string[], prompts: readonly Prompt[]): boolean {
  const questions = prompts.map(({ prompt }) => prompt.slice(-MOST).trimEnd().split('\n').at(-1) ?? '');
  if (questions.some((question) => /\bnew (?:(?!one-time\b|otp\b)\w+ )?password\b/i.test(question))) return true;
  const all = [...texts, ...prompts.map(({ prompt }) => prompt)].map((text) => text.slice(0, MOST)).join('\n');
  const demanded = /\bchange your (?:\w+ )?password\b|\bpassword (?:has|is) expired\b|\bpassword must be changed\b/i;
  return demanded.test(all) && questions.some((question) => /\b(?:current|old)\W.{0,32}password\b/i.test(question));
}

/** Characters of one text that are looked at: as many as PAM sends in one message. */
const MOST = 512;
