import type { CallProblem } from '../../client/call-problem.ts';
import { capitalised, formatCount, formatLatency } from '../../lib/format.ts';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './add-host.module.css';
import type { Trial } from './trial.ts';

/** What a test found, or why it did not get through. */
export function TrialResult({ trial }: { readonly trial: Trial }) {
  if (trial.state === 'failed') return <Refusal problem={trial.problem} />;
  if (trial.state !== 'reached') return null;
  const { engine, containers, latencyMs, fingerprint } = trial.reached;
  return (
    <div className={css.result} role="status">
      <VerdictShape mark="green" />
      <div>
        <p className={css.resultTitle}>Reached, and its engine answers</p>
        <dl className={css.facts}>
          <dt>Engine</dt>
          <dd>
            {capitalised(engine.name)} {engine.version}, API {engine.apiVersion}
          </dd>
          <dt>Containers</dt>
          <dd>{formatCount(containers, 'container')}</dd>
          <dt>Round trip</dt>
          <dd>{formatLatency(latencyMs)}</dd>
          <dt>Host key</dt>
          <dd className={css.mono}>{fingerprint}</dd>
        </dl>
      </div>
    </div>
  );
}

/** Why something was not done, and what to do next. */
export function Refusal({ problem }: { readonly problem: CallProblem }) {
  return (
    <div className={css.result} role="alert">
      <VerdictShape mark="down" />
      <div>
        <p className={css.resultTitle}>{problem.message}</p>
        {problem.hint !== null && <p className={css.context}>{problem.hint}</p>}
        {problem.code !== null && <code className={css.code}>{problem.code}</code>}
      </div>
    </div>
  );
}
