import type { HostState } from '#contract/fleet.ts';

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

  /** A state that is entered again keeps its beginning; tries in between do not end an outage, but being live does. */
  enter(state: HostState): void {
    if (state.state === 'live') this.#offlineSince = null;
    if (state.state === 'offline') {
      this.#offlineSince ??= state.since;
      this.#current = { ...state, since: this.#offlineSince };
      return;
    }
    const goesOn = state.state === this.#current.state && state.state !== 'connecting';
    this.#current = goesOn ? { ...state, since: this.#current.since } : state;
  }
}
