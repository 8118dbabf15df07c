import type { HostState } from '#contract/fleet.ts';

/** Tries to connect do not end an outage; a connection that stands does, whatever comes of it. */
const TRIES: ReadonlySet<HostState['state']> = new Set([
  'connecting',
  'authenticating',
  'asking',
  'offline',
  'blocked',
]);

/** What state a host is in, and since when. */
export class KeptState {
  #current: HostState;
  #offlineSince: string | null = null;

  constructor(first: HostState) {
    this.#current = first;
  }

  get current(): HostState {
    return this.#current;
  }

  /** A state that is entered again keeps its beginning, whatever else of it has changed. */
  enter(state: HostState): void {
    if (!TRIES.has(state.state)) this.#offlineSince = null;
    if (state.state === 'offline') {
      this.#offlineSince ??= state.since;
      this.#current = { ...state, since: this.#offlineSince };
      return;
    }
    this.#current = goesOn(this.#current, state) ? { ...state, since: this.#current.since } : state;
  }
}

/** Another question is asked from now on. */
function goesOn(before: HostState, state: HostState): boolean {
  if (before.state === 'asking' && state.state === 'asking') return before.what === state.what;
  return before.state === state.state;
}
