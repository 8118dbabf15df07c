import type { HostSettings } from '../settings/schema.ts';

/** The next steps after a rule of hosts was broken: the rules are the same wherever hosts are kept, the steps are not. */
export interface HostHints {
  /** A saved host whose target is none. */
  readonly unreadable: (host: HostSettings) => string;
  readonly savedTwice: (host: HostSettings) => string;
  readonly sameTarget: string;
  readonly sameName: string;
}

export const commandLineHints: HostHints = {
  unreadable: ({ id }) => `Put its target right in the file, or forget it: binnacle hosts remove ${id}`,
  savedTwice: ({ id }) => `Forget one of them: binnacle hosts remove ${id}`,
  sameTarget: 'binnacle hosts list shows it; remove it first to add it anew.',
  sameName: 'Give this one another --name.',
};

export const windowHints: HostHints = {
  unreadable: () => 'Remove it in the settings and add it anew.',
  savedTwice: () => 'Remove one of them in the settings.',
  sameTarget: 'Remove it first to add it anew.',
  sameName: 'Give this one another name.',
};
