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
