import type { LinkEvent } from '../engine/link.ts';
import type { AppError } from '../kernel/errors.ts';
import { type Bearing, type RouteNote, saidWith } from '../ssh/config/route-notes.ts';
import type { ConnectEvent, ConnectStep } from '../ssh/connection-types.ts';
import { machineOf } from '../ssh/errors.ts';
import type { Machine } from '../ssh/hop.ts';
import { stepOfCode } from './trial-steps.ts';

/** Where a connecting is. */
interface Place {
  /** The machine the step is of; null: the host itself, which has let us in. */
  readonly machine: Machine | null;
  /** null: none that a note could bear on. */
  readonly step: ConnectStep | null;
}

const BY_STEP: Readonly<Record<ConnectStep, readonly Bearing[]>> = {
  resolve: ['reach'],
  reach: ['reach'],
  'host-key': ['host-key'],
  authenticate: ['login', 'account'],
};

/**
 * Follows how far a connecting comes. Its failure then tells, after what went wrong, what of ssh_config was not followed and
 * may have to do with it.
 */
export class FailureNotes {
  readonly #notes: readonly RouteNote[];
  #last: Place | null = null;

  constructor(notes: readonly RouteNote[]) {
    this.#notes = notes;
  }

  readonly onEvent = (event: ConnectEvent | LinkEvent): void => {
    if (event.kind !== 'begun' && event.kind !== 'preparing') return;
    this.#last = 'hop' in event ? { step: event.step, machine: machineOf(event.hop) } : { step: null, machine: null };
  };

  /** `error`, with the notes that bear on where it happened after its message. */
  toldWith(error: AppError): AppError {
    const place = this.#placeOf(error);
    if (place === null || error.code === 'CANCELLED') return error;
    return saidWith(
      error,
      this.#notes.filter((note) => bears(note, place)),
    );
  }

  #placeOf({ code, details }: AppError): Place | null {
    const { jump } = details;
    if (typeof jump !== 'string' || this.#last?.machine === jump) return this.#last;
    // It befell a machine on the way, and not in what was told last: it was found out before, or while the next was dialled.
    const step = stepOfCode(code);
    return { machine: jump, step: step === 'host-key' || step === 'authenticate' ? step : null };
  }
}

/**
 * Another machine on the way, or another host, might have done all that was done up to the login. After that only what led
 * to this very host counts, and what it let in.
 */
function bears({ bearsOn, isJump, machine: whose }: RouteNote, { machine, step }: Place): boolean {
  if (machine === null) return !isJump && (bearsOn.includes('way') || bearsOn.includes('account'));
  if (bearsOn.includes('way')) return true;
  return whose === machine && step !== null && BY_STEP[step].some((each) => bearsOn.includes(each));
}
