import type { SeenState } from '../audit/records.ts';
import type { ContainerDetail } from '../engine/model.ts';
import type { AppError } from '../kernel/errors.ts';
import type { PlannedChange } from './model.ts';
import type { Judgement } from './run-judgement.ts';
import { seenState } from './seen-state.ts';

/** What became of one change. */
export type ChangeEnd = { readonly change: PlannedChange } & (
  | { readonly state: 'judged'; readonly judgement: Judgement; readonly detail: ContainerDetail | 'gone' }
  /**
   * Not done, and the engine or a gate says why; or nothing was sent. `detail`: as it was found then; null: it could not
   * be looked at.
   */
  | {
      readonly state: 'refused';
      readonly error: AppError;
      readonly wasSent: boolean;
      readonly detail: ContainerDetail | 'gone' | null;
    }
  /** Nobody saw how it ended. `done`: but the engine had answered that it has done it. */
  | { readonly state: 'lost'; readonly error: AppError; readonly done: boolean; readonly sentAt: number }
  /** Never begun. */
  | { readonly state: 'left' }
);

/** What was seen of the containers that were changed; null: none could be looked at. */
export function statesAfter(ends: readonly ChangeEnd[]): SeenState[] | null {
  const seen = ends.flatMap((end) => {
    const detail = end.state === 'judged' || end.state === 'refused' ? end.detail : null;
    return detail === null || detail === 'gone' ? [] : [seenState(detail, end.change)];
  });
  return seen.length > 0 ? seen : null;
}

/** What an engine says of a policy in front of it is the policy's own text, and tells an operator nothing. */
export function refusalOf({ code, message }: AppError): string {
  return code === 'ENGINE_DENIED' ? 'A policy in front of the engine does not allow it.' : message;
}
