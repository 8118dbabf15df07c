import { createHmac, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

/** The one-time codes of one account, as a token or an app on a phone makes them: HOTP (RFC 4226), six digits. */
export interface OneTimeCodes {
  /** The next code; each is good for one login, and so is each that was skipped. */
  next(): string;
  /** What pam_oath's file of users says of the account; counted up there at each login. */
  readonly line: string;
}

export function oneTimeCodes(user: string): OneTimeCodes {
  const secret = randomBytes(20);
  let counter = 0;
  return {
    next: () => hotp(secret, counter++),
    line: `HOTP ${user} - ${secret.toString('hex')}`,
  };
}

/** RFC 4226, section 5.3. */
export function hotp(secret: Buffer, counter: number): string {
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', secret).update(moment).digest();
  const number = digest.readUInt32BE((digest.at(-1) ?? 0) & 0x0f) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** What a login asks for, one after the other. */
export type PamStep = 'password' | 'code';

/**
 * A PAM service that asks for `steps`; codes are looked up in `codesFile`, which pam_oath writes anew at each login. What
 * /etc/shadow says of a password's age is heeded.
 */
export function pamService(steps: readonly PamStep[], codesFile: string): string {
  const auth = steps.map((step) =>
    step === 'password'
      ? 'auth required pam_unix.so nodelay'
      : `auth required pam_oath.so usersfile=${codesFile} window=20 digits=6`,
  );
  return [
    ...auth,
    'account required pam_unix.so',
    'password required pam_unix.so',
    'session required pam_permit.so',
    '',
  ].join('\n');
}

export const writeCodes = (file: string, codes: readonly OneTimeCodes[]) =>
  writeFile(file, codes.map(({ line }) => `${line}\n`).join(''), { mode: 0o600 });
