import type { NegotiatedAlgorithms } from 'ssh2';
import type { HopReport } from '#contract/hosts.ts';
import { canBeCut } from '../algorithms.ts';
import { shownFile } from '../config/errors.ts';
import type { KeyOptions } from '../connection-types.ts';
import type { Hop } from '../hop.ts';
import type { LoginFacts } from '../hop-report.ts';
import { fingerprint } from '../host-keys/host-key.ts';
import { parseKeyOptions } from './key-options.ts';
import type { AskedFor, LoginRecord, Proof } from './login-record.ts';

/** Gathers what one login shows of its host. sshd tells the options of a key only after it has let it in. */
export class LiveFacts {
  readonly #homeDir: string;
  #algorithms: HopReport['algorithms'] | null = null;
  #cutUnseen = false;
  #keyOptions: KeyOptions | null = null;

  constructor({ homeDir }: Pick<Hop, 'homeDir'>) {
    this.#homeDir = homeDir;
  }

  /** @param strict both sides do strict key exchange */
  agreed({ kex, serverHostKey, cs, sc }: NegotiatedAlgorithms, strict: boolean): void {
    this.#algorithms = { kex, hostKey: serverHostKey, cipher: cs.cipher, mac: cs.mac === '' ? null : (cs.mac ?? null) };
    this.#cutUnseen = !strict && [cs, sc].some(({ cipher }) => canBeCut(cipher));
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
      login: loginOf(record.taken, this.#homeDir),
      algorithms: this.#algorithms,
      cutUnseen: this.#cutUnseen,
      get keyOptions() {
        return keyOptions();
      },
    };
  }

  /** What let us in, in a few words: `key ~/.ssh/id_ed25519`, `agent: comment and one-time code`; and what the host said. */
  seen({ taken, heard }: LoginRecord): string {
    const proofs = taken.map((proof) => words(proof, this.#homeDir)).join(' and ') || 'nothing was asked';
    return heard.length === 0 ? proofs : `${proofs}; it said “${heard.join(' ')}”`;
  }
}

/** The first proof says how we log in, and the label all that it took. */
function loginOf(taken: readonly Proof[], homeDir: string): HopReport['login'] {
  const keys = taken.flatMap((proof) => (proof.kind === 'key' ? [proof.offer.key] : []));
  const last = keys.at(-1);
  return {
    method: methodOf(taken[0]),
    label: taken.map((proof) => label(proof, homeDir)).join(', '),
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

function label(proof: Proof, homeDir: string): string {
  if (proof.kind !== 'key') return words(proof, homeDir);
  return proof.offer.agentSocket === null ? shownFile(proof.offer.label, homeDir) : agentComment(proof.offer.label);
}

function words(proof: Proof, homeDir: string): string {
  switch (proof.kind) {
    case 'key':
      return `${proof.offer.agentSocket === null ? 'key' : 'agent:'} ${label(proof, homeDir)}`;
    case 'challenge':
      return challengeWords(proof.asked);
    case 'password':
      return 'password';
    case 'none':
      return 'nothing was asked';
  }
}

function challengeWords(asked: readonly AskedFor[]): string {
  const names = { password: 'password', code: 'one-time code' };
  return [...new Set(asked)].map((kind) => names[kind]).join(' and ') || 'keyboard-interactive';
}

const agentComment = (offered: string) => offered.replace(/^ssh-agent: /, '');
