import { homedir } from 'node:os';
import { sep } from 'node:path';
import type { NegotiatedAlgorithms } from 'ssh2';
import type { HopReport } from '#contract/hosts.ts';
import type { KeyOptions } from './connection-types.ts';
import type { LoginFacts } from './hop-report.ts';
import { fingerprint } from './host-key.ts';
import { parseKeyOptions } from './key-options.ts';
import type { LoginRecord, Proof } from './login-record.ts';

/** Gathers what one login shows of its host. sshd tells the options of a key only after it has let it in. */
export class LiveFacts {
  #algorithms: HopReport['algorithms'] | null = null;
  #keyOptions: KeyOptions | null = null;

  agreed({ kex, serverHostKey, cs }: NegotiatedAlgorithms): void {
    this.#algorithms = { kex, hostKey: serverHostKey, cipher: cs.cipher, mac: cs.mac === '' ? null : (cs.mac ?? null) };
  }

  /** A debug message of the host. Of several on keys the last is on the one that let us in. */
  hear(message: string): void {
    this.#keyOptions = parseKeyOptions(message) ?? this.#keyOptions;
  }

  /** @param firstBytes what the host said first, its greeting among it */
  of(hostKey: Buffer, firstBytes: string, record: LoginRecord): LoginFacts {
    const keyOptions = () => this.#keyOptions;
    const greeting = /^SSH-(?:2\.0|1\.99)-([^\r\n]*)/m.exec(firstBytes)?.[1] ?? '';
    if (this.#algorithms === null) throw new Error('nothing was agreed on');
    return {
      hostKey,
      software: Buffer.from(greeting, 'latin1').toString(),
      login: loginOf(record.taken),
      algorithms: this.#algorithms,
      get keyOptions() {
        return keyOptions();
      },
    };
  }

  /** What let us in, in a few words: `key ~/.ssh/id_ed25519`, `agent: comment and one-time code`. */
  seen({ taken }: LoginRecord): string {
    return taken.map(words).join(' and ') || 'nothing was asked';
  }
}

/** The first proof says how we log in, and the label all that it took. */
function loginOf(taken: readonly Proof[]): HopReport['login'] {
  const keys = taken.flatMap((proof) => (proof.kind === 'key' ? [proof.offer.key] : []));
  const last = keys.at(-1);
  return {
    method: methodOf(taken[0]),
    label: taken.map(label).join(', '),
    fingerprint: last === undefined ? null : fingerprint(last.getPublicSSH()),
  };
}

function methodOf(proof: Proof | undefined): HopReport['login']['method'] {
  switch (proof?.kind) {
    case 'key':
      return proof.offer.agentSocket === null ? 'key' : 'agent';
    case 'challenge':
      return 'keyboard-interactive';
    case 'password':
      return 'password';
    default:
      return 'none';
  }
}

function label(proof: Proof): string {
  if (proof.kind !== 'key') return words(proof);
  return proof.offer.agentSocket === null ? underHome(proof.offer.label) : agentComment(proof.offer.label);
}

function words(proof: Proof): string {
  switch (proof.kind) {
    case 'key':
      return proof.offer.agentSocket === null ? `key ${label(proof)}` : `agent: ${label(proof)}`;
    case 'challenge':
      return challengeWords(proof.asked);
    case 'password':
      return 'password';
    case 'none':
      return 'nothing was asked';
  }
}

function challengeWords(asked: readonly ('password' | 'code')[]): string {
  const names = { password: 'password', code: 'one-time code' };
  return [...new Set(asked)].map((kind) => names[kind]).join(' and ') || 'keyboard-interactive';
}

const agentComment = (offered: string) => offered.replace(/^ssh-agent: /, '');

/** `~/.ssh/id_ed25519` for a file of whoever runs this. */
function underHome(file: string): string {
  const home = `${homedir()}${sep}`;
  return file.startsWith(home) ? `~${sep}${file.slice(home.length)}` : file;
}
