import { capitalised, formatCount, formatLatency } from '../../lib/format.ts';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './add-host.module.css';
import { nextStep } from './next-step.ts';
import type { Trial } from './trial.ts';

/** What a test found, or why it did not get through. */
export function TrialResult({ trial }: { readonly trial: Trial }) {
  if (trial.state === 'failed') {
    const { message, code } = trial.problem;
    const hint = nextStep(trial.problem);
    return (
      <div className={css.result} role="alert">
        <VerdictShape mark="down" />
        <div>
          <p className={css.resultTitle}>{message}</p>
          {hint !== null && <p className={css.context}>{hint}</p>}
          {code !== null && <code className={css.code}>{code}</code>}
        </div>
      </div>
    );
  }
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
