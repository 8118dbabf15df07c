import { useId, useState } from 'react';
import type { Question } from '#contract/questions.ts';
import { Button } from './button.tsx';
import { compareFingerprint, type FingerprintMatch, hostKeyFile } from './fingerprint.ts';
import css from './question.module.css';
import { TextField } from './text-field.tsx';
import { VerdictShape } from './verdict-shape.tsx';

interface FingerprintQuestionProps {
  readonly question: Extract<Question, { kind: 'hostKey' }>;
  /** What the host itself is called. */
  readonly host: string;
  /** The answer that was given and is on its way; null: none. */
  readonly given: 'accept' | 'reject' | null;
  readonly onAnswer: (accept: boolean) => void;
}

/** Is this the machine that is meant? What to compare, how, and the two answers. */
export function FingerprintQuestion({ question, host, given, onAnswer }: FingerprintQuestionProps) {
  const { machine, isJump, keyType, fingerprint } = question;
  const [pasted, setPasted] = useState('');
  const match = compareFingerprint(fingerprint, pasted);
  const what = useId();
  return (
    <section className={css.question} aria-labelledby={what}>
      <p id={what}>
        <strong>Is this the machine you mean?</strong> <code className={css.path}>{machine}</code>
        {isJump && <>, on the way to {host},</>} has not been seen before. Nothing has been sent to it yet.
      </p>
      <div className={css.key}>
        <span className={css.type}>{keyType}</span>
        <span className={css.fingerprint}>{fingerprint}</span>
      </div>
      <div className={css.context}>
        To be sure, have this printed on the machine itself, or look at its provider’s console:
        <pre className={css.command}>ssh-keygen -lf {hostKeyFile(keyType)}</pre>
      </div>
      <TextField
        label="Or paste the fingerprint you expect"
        placeholder="SHA256:…"
        mono
        value={pasted}
        onChange={(event) => setPasted(event.currentTarget.value)}
      />
      {match !== 'nothing-to-compare' && (
        <p className={css.match} role="status">
          <VerdictShape mark={MATCHES[match].mark} />
          {MATCHES[match].words}
        </p>
      )}
      <div className={css.actions}>
        <Button
          look="primary"
          busy={given === 'accept'}
          disabled={given !== null || match === 'other'}
          onClick={() => onAnswer(true)}
        >
          Accept this key
        </Button>
        <Button busy={given === 'reject'} disabled={given !== null} onClick={() => onAnswer(false)}>
          Reject
        </Button>
      </div>
    </section>
  );
}

const MATCHES: Readonly<
  Record<
    Exclude<FingerprintMatch, 'nothing-to-compare'>,
    { readonly mark: 'green' | 'down' | 'attention'; readonly words: string }
  >
> = {
  same: { mark: 'green', words: 'It is the same.' },
  other: { mark: 'down', words: 'It is another one. Something else answers at this address: reject it.' },
  'no-fingerprint': { mark: 'attention', words: 'This is no fingerprint of the form SHA256:… with 43 characters.' },
  'old-form': { mark: 'attention', words: 'This is the old MD5 form. Ask for the one that begins with SHA256.' },
};
