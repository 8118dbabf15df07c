import type { HostState } from '#contract/fleet.ts';

/** What is wrong with a host that goes on through all tries to connect, and ends with an answer of the machine. */
const OUTAGES = ['offline', 'degraded'] as const;
/** The machine answered: what is wrong then is not what was wrong before. */
const ANSWERED: ReadonlySet<HostState['state']> = new Set(['live', 'stale', 'blocked']);

type Outage = Extract<HostState, { readonly state: (typeof OUTAGES)[number] }>;

/** What state a host is in, and since when. */
export class KeptState {
  #current: HostState;
  #outage: Outage | null = null;

  constructor(first: HostState) {
    this.#current = first;
  }

  get current(): HostState {
    return this.#current;
  }

  /** A state that is entered again keeps its beginning, whatever else of it has changed. */
  enter(state: HostState): void {
    if (ANSWERED.has(state.state)) this.#outage = null;
    if (isOutage(state)) {
      const since = this.#outage?.state === state.state ? this.#outage.since : state.since;
      this.#outage = { ...state, since };
      this.#current = this.#outage;
      return;
    }
    this.#current = goesOn(this.#current, state) ? { ...state, since: this.#current.since } : state;
  }
}

function isOutage(state: HostState): state is Outage {
  return OUTAGES.some((outage) => outage === state.state);
}

/** Another question is asked from now on. */
function goesOn(before: HostState, state: HostState): boolean {
  if (before.state === 'asking' && state.state === 'asking') {
    return before.what === state.what && before.jump === state.jump;
  }
  return before.state === state.state;
}
