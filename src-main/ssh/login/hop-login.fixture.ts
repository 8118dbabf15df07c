import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { systemClock } from '../../kernel/clock.ts';
import { anyHostKey, nobody } from '../connection.fixture.ts';
import type { SshPrompts } from '../connection-types.ts';
import { type HopLoginOptions, loginToHop } from './hop-login.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

/** Logs in without prompts, and with every host key, unless told otherwise. */
export function logIn(options: Partial<HopLoginOptions> & Pick<HopLoginOptions, 'hop'>) {
  return loginToHop({
    isJump: false,
    through: null,
    policy: anyHostKey,
    prompts: nobody,
    mode: () => 'observe',
    clock: systemClock,
    signal: new AbortController().signal,
    onEvent: () => {},
    ...options,
  });
}

interface TestKey {
  readonly file: string;
  readonly key: ParsedKey;
  readonly blob: Buffer;
}

/** Makes key files in a folder of its own. */
export class KeyFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'binnacle-keys-'));

  add(name: string, passphrase?: string): TestKey {
    const pair = generateKeyPair(
      'ed25519',
      passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 },
    );
    const file = join(this.path, name);
    writeFileSync(file, pair.private, { mode: 0o600 });
    const key = ssh2.utils.parseKey(pair.private, passphrase) as ParsedKey;
    return { file, key, blob: Buffer.from(pair.public.split(' ')[1] ?? '', 'base64') };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A person who is asked: writes down what, and gives the answers in turn; null: none. */
export function person(
  answers: {
    readonly passwords?: (string | null)[];
    readonly challenges?: (readonly string[] | null)[];
    readonly passphrases?: Readonly<Record<string, readonly string[]>>;
  },
  note: (asked: string) => string = (asked) => asked,
): { readonly prompts: SshPrompts; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    prompts: {
      ...nobody,
      async passphrase({ file, attempt }) {
        asked.push(note(`passphrase ${file.split('/').at(-1)} ${attempt}`));
        return answers.passphrases?.[file]?.[attempt - 1] ?? null;
      },
      async password() {
        asked.push(note('password'));
        return answers.passwords?.shift() ?? null;
      },
      async challenge({ prompts }) {
        asked.push(note(prompts.map(({ text }) => text).join('|')));
        return answers.challenges?.shift() ?? null;
      },
      wrongPassword: () => void asked.push('wrong password'),
    },
  };
}
