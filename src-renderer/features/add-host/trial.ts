import type { TrialEvent, TrialStep } from '#contract/hosts.ts';
import type { CallProblem } from '../../client/call-problem.ts';

export type Reached = Extract<TrialEvent, { kind: 'reached' }>;

/** What is tried: the host as it would be saved. */
export interface Wish {
  readonly target: string;
  readonly identityFiles: readonly string[];
}

/** Where the test of a host stands. `id` names it for its questions. */
export type Trial =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly id: string; readonly step: TrialStep | null }
  | { readonly state: 'reached'; readonly reached: Reached }
  | { readonly state: 'failed'; readonly step: TrialStep | null; readonly problem: CallProblem };

export type StepMark = 'done' | 'now' | 'failed' | 'open';

export const STEPS: readonly { readonly step: TrialStep; readonly words: string }[] = [
  { step: 'connecting', words: 'Connecting' },
  { step: 'checking-host-key', words: 'Checking the host key' },
  { step: 'authenticating', words: 'Logging in' },
  { step: 'asking-engine', words: 'Asking the engine' },
];

/** How far each step is, in the order of {@link STEPS}; null where nothing is shown of them. */
export function stepMarks(trial: Trial): readonly StepMark[] | null {
  switch (trial.state) {
    case 'none':
      return null;
    case 'reached':
      return STEPS.map(() => 'done');
    case 'running':
    case 'failed': {
      const at = STEPS.findIndex(({ step }) => step === trial.step);
      // What failed before its first step was not tried at all.
      if (trial.state === 'failed' && at === -1) return null;
      const here = trial.state === 'running' ? 'now' : 'failed';
      return STEPS.map((_, index) => (index < at ? 'done' : index === at ? here : 'open'));
    }
  }
}
