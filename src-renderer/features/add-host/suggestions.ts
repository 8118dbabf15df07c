import type { SshAlias } from '#contract/hosts.ts';

/** The engine of this machine, without SSH. */
export const LOCAL = 'local:';

export function isLocal(target: string): boolean {
  return target.startsWith(LOCAL);
}

/** A host that can be chosen in place of typing it. */
export interface Suggestion {
  readonly key: string;
  /** What stands in the field once it is chosen. */
  readonly text: string;
  readonly name: string;
  /** What it comes to, as `ana@192.0.2.7:2222 via bastion`. */
  readonly comesTo: string;
  /** Why it cannot be chosen, as a sentence; null: it can. */
  readonly why: string | null;
}

/** More are found by typing. */
export const MOST_SUGGESTED = 100;

/**
 * Aliases of ssh_config, and this machine, that have what was typed in them: those that begin with it first, else as they
 * stand in the file. A user that was typed before the `@` stays. Empty where there is nothing left to choose.
 */
export function suggestions(aliases: readonly SshAlias[], typed: string): readonly Suggestion[] {
  const text = typed.trim();
  const user = text.slice(0, text.lastIndexOf('@') + 1);
  const wanted = text.slice(user.length).toLowerCase();
  const starts: Suggestion[] = [];
  const others: Suggestion[] = [];
  for (const alias of aliases) {
    const name = alias.name.toLowerCase();
    const machine = alias.machine?.toLowerCase() ?? '';
    if (!name.includes(wanted) && !machine.includes(wanted)) continue;
    (name.startsWith(wanted) ? starts : others).push(suggestionOf(alias, user));
  }
  const local = user === '' && ('this machine'.includes(wanted) || LOCAL.startsWith(wanted)) ? [THIS_MACHINE] : [];
  const found = [...starts, ...others, ...local];
  // What stands there already needs not be chosen.
  const [only] = found;
  return found.length === 1 && only?.text === text && only.why === null ? [] : found;
}

const THIS_MACHINE: Suggestion = {
  key: LOCAL,
  text: LOCAL,
  name: 'This machine',
  comesTo: 'its own engine, without SSH',
  why: null,
};

function suggestionOf(alias: SshAlias, user: string): Suggestion {
  const { name, problem } = alias;
  return {
    key: `ssh ${name}`,
    text: `${user}${name}`,
    name,
    comesTo: aliasComesTo(alias),
    why: problem?.message ?? null,
  };
}

/** `ana@192.0.2.7:2222 via bastion`; empty where its lines cannot be followed. */
export function aliasComesTo({ machine, jumps }: Pick<SshAlias, 'machine' | 'jumps'>): string {
  if (machine === null) return '';
  return jumps.length === 0 ? machine : `${machine} via ${jumps.join(', ')}`;
}

/** The next one that can be chosen, from the one at `at` (-1: none) into the direction of `step`; -1: none. */
export function nextChoice(list: readonly Suggestion[], at: number, step: 1 | -1): number {
  const count = list.length;
  for (let tried = 1; tried <= count; tried += 1) {
    const from = at === -1 && step === -1 ? count : at;
    const index = (((from + step * tried) % count) + count) % count;
    if (list[index]?.why === null) return index;
  }
  return -1;
}
