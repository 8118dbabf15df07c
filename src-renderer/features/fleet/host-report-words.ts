import type { ConnectionReport, HopReport } from '#contract/hosts.ts';
import { formatBytes, formatCount } from '../../lib/format.ts';

const METHODS: Readonly<Record<HopReport['login']['method'], string>> = {
  agent: 'a key in ssh-agent',
  key: 'a key file',
  'keyboard-interactive': 'answers to its questions',
  password: 'a password',
  none: 'nothing: it asked for no proof',
};

export function loginWords({ method }: HopReport['login']): string {
  return METHODS[method];
}

/** Whose way goes through a connection; null: only that of the host that is shown. */
export function sharedWords({ sharedBy }: Pick<HopReport, 'sharedBy'>): string | null {
  return sharedBy === 1 ? null : `shared by ${formatCount(sharedBy, 'host')}`;
}

export function trafficWords({ received, sent }: HopReport['bytes']): string {
  return `${formatBytes(received)} received, ${formatBytes(sent)} sent`;
}

export interface ChannelsReading {
  /** `6 open of at most 8`. */
  readonly now: string;
  /** `312 opened since, 3 refused`. */
  readonly before: string;
  /** 0 to 1; null where there is no upper end. */
  readonly fraction: number | null;
  /** None is left: what needs one waits, or is refused. */
  readonly full: boolean;
}

/** How many channels there are, and were. */
export function channelsReading({ open, opened, refused, most }: ConnectionReport['channels']): ChannelsReading {
  return {
    now: most === null ? `${open} open` : `${open} open of at most ${most}`,
    before: `${opened.toLocaleString('en-US')} opened so far${refused === 0 ? '' : `, ${refused.toLocaleString('en-US')} refused`}`,
    fraction: most === null || most === 0 ? null : open / most,
    full: most !== null && open >= most,
  };
}

export interface Algorithm {
  readonly kind: string;
  /** null: there is none of its own. */
  readonly name: string | null;
  /** Why it is weaker than it should be; null: it is not. */
  readonly why: string | null;
}

/** What was agreed upon with a machine, each with what is wrong with it. */
export function algorithmsOf({ algorithms, weak }: Pick<HopReport, 'algorithms' | 'weak'>): readonly Algorithm[] {
  const { kex, hostKey, cipher, mac } = algorithms;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Key exchange', kex],
    ['Signature', hostKey],
    ['Cipher', cipher],
    ['Integrity', mac],
  ];
  return rows.map(([kind, name]) => ({
    kind,
    name,
    why: weak.find((one) => one.name === name)?.why ?? null,
  }));
}

/** What is weak and is none of the algorithms: a host key that is too short. */
export function otherWeaknesses({ algorithms, weak }: Pick<HopReport, 'algorithms' | 'weak'>): HopReport['weak'] {
  const named = new Set<string | null>(Object.values(algorithms));
  return weak.filter(({ name }) => !named.has(name));
}
