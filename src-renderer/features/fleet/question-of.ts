import type { Question } from '#contract/questions.ts';
import type { FleetHost } from '#contract/updates.ts';
import { ASKED_BY } from './asked-words.ts';

/**
 * What the host waits for a person to say: its own question, or, where it waits for a machine on the way, the one that was
 * put about that machine for another host, or a test. null: nothing, or the question is not there yet.
 */
export function questionOf(questions: readonly Question[], host: Pick<FleetHost, 'id' | 'status'>): Question | null {
  const own = questions.find(({ hostId }) => hostId === host.id);
  if (own !== undefined) return own;
  const { status } = host;
  if (status.state !== 'asking') return null;
  const isShared = ({ isJump, machine, kind }: Question) =>
    isJump && machine === status.jump && ASKED_BY[kind] === status.what;
  return questions.find(isShared) ?? null;
}
