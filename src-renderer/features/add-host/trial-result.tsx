import type { CallProblem } from '../../client/call-problem.ts';
import { capitalised, formatCount, formatLatency } from '../../lib/format.ts';
import { VIA_WORDS } from '../../lib/via-words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { MachineText } from '../../ui/machine-text.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './trial.module.css';
import { firstSentence, type Reached, type Stopped, type Trial } from './trial.ts';

/** What a test found, or why it did not get through. */
export function TrialResult({ trial }: { readonly trial: Trial }) {
  switch (trial.state) {
    case 'reached':
      return <Found reached={trial.reached} />;
    case 'stopped':
      return <Cause stopped={trial.stopped} />;
    case 'failed':
      return <Refusal problem={trial.problem} />;
    default:
      return null;
  }
}

function Found({ reached: { engine, via, containers, latencyMs, fingerprint, notes } }: { readonly reached: Reached }) {
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
          <dt>Through</dt>
          <dd>{VIA_WORDS[via]}</dd>
          <dt>Containers</dt>
          <dd>{formatCount(containers, 'container')}</dd>
          <dt>Round trip</dt>
          <dd>{formatLatency(latencyMs)}</dd>
          {fingerprint !== null && (
            <>
              <dt>Host key</dt>
              <dd className={css.mono}>{fingerprint}</dd>
            </>
          )}
        </dl>
        {notes.length > 0 && (
          <ul className={css.notes} aria-label="To be known">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

/** The cause, what to do about it, and what it rests on. */
function Cause({ stopped: { code, message, hint, seen } }: { readonly stopped: Stopped }) {
  const unsure = code === 'UNDETERMINED';
  const [first, rest] = firstSentence(message);
  return (
    <div className={css.result} role="alert">
      <VerdictShape mark={unsure ? 'unknown' : 'down'} />
      <div>
        <p className={css.resultTitle}>{first}</p>
        {rest !== '' && (
          <p className={css.fix}>
            <MachineText text={rest} />
          </p>
        )}
        {hint !== null && <p className={css.fix}>{hint}</p>}
        <code className={css.code}>{code}</code>
        {seen.length > 0 && (
          <div className={css.seen}>
            <Disclosure label="What was seen" open={unsure}>
              <ul className={css.lines}>
                {seen.map((line, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the same may have been seen twice, and none changes
                  <li key={index}>{line}</li>
                ))}
              </ul>
            </Disclosure>
          </div>
        )}
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
        {problem.hint !== null && <p className={css.fix}>{problem.hint}</p>}
        {problem.code !== null && <code className={css.code}>{problem.code}</code>}
      </div>
    </div>
  );
}
