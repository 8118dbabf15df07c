import { type Clock, elapsedSince, type Moment, moment } from '../../kernel/clock.ts';
import type { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { SshConnection } from '../connection-types.ts';
import { machineOf } from '../errors.ts';
import { explainForwardFailure } from './diagnosis.ts';

interface ForwardRefused {
  readonly path: string;
  /** What `openUnixSocket` rejected with. */
  readonly refusal: AppError;
  /** A person asks for it: what was found out before does not count. */
  readonly isWished: boolean;
}

interface ForwardDiagnosesOptions {
  readonly clock: Clock;
  /** As {@link explainForwardFailure}. */
  readonly diagnose?: typeof explainForwardFailure;
}

interface Verdict {
  readonly why: AppError;
  readonly at: Moment;
}

/**
 * Why hosts do not open their sockets, asked again no more than once in `limits.ssh.diagnosisMs` of a host whose refusal
 * stays the same: a diagnosis is several commands on the host, and a host that nobody mends is tried every few seconds.
 */
export class ForwardDiagnoses {
  readonly #clock: Clock;
  readonly #diagnose: typeof explainForwardFailure;
  readonly #verdicts = new Map<string, Verdict>();

  constructor({ clock, diagnose = explainForwardFailure }: ForwardDiagnosesOptions) {
    this.#clock = clock;
    this.#diagnose = diagnose;
  }

  /** As {@link explainForwardFailure}, from memory where nothing tells that it need not be so any more. */
  async explain(
    connection: SshConnection,
    { path, refusal, isWished }: ForwardRefused,
    signal: AbortSignal,
  ): Promise<AppError> {
    this.#forgetOld();
    const key = keyOf(connection, path, refusal);
    const known = this.#verdicts.get(key);
    if (known !== undefined && !isWished) return known.why;
    const at = moment(this.#clock);
    const why = await this.#diagnose(connection, path, signal, refusal);
    if (signal.aborted || CUT_OFF.has(why.code)) return why;
    this.#verdicts.set(key, { why, at });
    return why;
  }

  #forgetOld(): void {
    for (const [key, { at }] of this.#verdicts) {
      if (elapsedSince(at, this.#clock) >= limits.ssh.diagnosisMs) this.#verdicts.delete(key);
    }
  }
}

/** Asks the host each time. */
export const UNREMEMBERED: Pick<ForwardDiagnoses, 'explain'> = {
  explain: (connection, { path, refusal }, signal) => explainForwardFailure(connection, path, signal, refusal),
};

/** With these the looking itself came to no end. */
const CUT_OFF: ReadonlySet<AppError['code']> = new Set(['CONNECTION_LOST', 'CANCELLED', 'TIMEOUT', 'INTERNAL']);

/** Another machine at the same address, another key let in, another answer: none of it is the same refusal. */
function keyOf(connection: SshConnection, path: string, { code, details }: AppError): string {
  const { hop, hostKeyFingerprint, loginKeyFingerprint, keyOptions } = connection;
  return JSON.stringify([
    machineOf(hop),
    hostKeyFingerprint,
    loginKeyFingerprint,
    keyOptions,
    path,
    code,
    details.reason ?? null,
  ]);
}
