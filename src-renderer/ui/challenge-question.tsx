import { useState } from 'react';
import type { Question } from '#contract/questions.ts';
import { formatCountdown } from '../lib/format.ts';
import { useCountdown } from '../lib/use-age.ts';
import { Button } from './button.tsx';
import css from './question.module.css';
import { askerWords, promptLabel } from './question-words.ts';
import { TextField } from './text-field.tsx';

interface ChallengeQuestionProps {
  readonly question: Extract<Question, { kind: 'challenge' }>;
  /** What the host itself is called. */
  readonly host: string;
  /** The answer that was given and is on its way; null: none. */
  readonly given: 'answers' | 'none' | null;
  /** null: nobody wants to answer. */
  readonly onAnswer: (answers: readonly string[] | null) => void;
}

const MOST_CHARS = 1_024;

/**
 * Keyboard-interactive: whatever the host wants to know, in its own words, and until when. What it says is text of a
 * stranger: it stands apart, and under the name of who says it.
 */
export function ChallengeQuestion({ question, host, given, onAnswer }: ChallengeQuestionProps) {
  const { title, instructions, prompts, until } = question;
  const [answers, setAnswers] = useState<readonly string[]>(() => prompts.map(() => ''));
  const over = useCountdown(Date.parse(until), (left) => left === 0);
  return (
    <form
      className={css.question}
      onSubmit={(event) => {
        event.preventDefault();
        // An empty answer is one too: some only want to be told to go on.
        if (given === null && !over) onAnswer(answers);
      }}
    >
      <p className={css.context}>
        <b>{askerWords(question, host)}</b> wants to know this before it lets{' '}
        <code className={css.path}>{question.machine}</code> in. Its host key is the known one; what you type goes to it
        alone, and is not kept.
      </p>
      {(title !== '' || instructions !== '') && (
        <div className={css.words}>
          {title !== '' && <p className={css.wordsTitle}>{title}</p>}
          {instructions !== '' && <p>{instructions}</p>}
        </div>
      )}
      {prompts.map(({ text, echo }, index) => (
        <TextField
          // biome-ignore lint/suspicious/noArrayIndexKey: two prompts may have the same text, and none changes
          key={index}
          label={promptLabel(text, index)}
          type={echo ? 'text' : 'password'}
          maxLength={MOST_CHARS}
          {...(index === 0 ? { 'data-autofocus': true, autoFocus: true } : {})}
          disabled={over}
          value={answers[index] ?? ''}
          onChange={(event) => setAnswers(answers.with(index, event.currentTarget.value))}
        />
      ))}
      <div className={css.actions}>
        <Button look="primary" type="submit" busy={given === 'answers'} disabled={given !== null || over}>
          Answer
        </Button>
        <Button busy={given === 'none'} disabled={given !== null} onClick={() => onAnswer(null)}>
          Not now
        </Button>
        <span className={css.until}>
          <Until until={until} />
        </span>
      </div>
    </form>
  );
}

/** A minute and a half is not much for a telephone in another room: how much is left is read by the second. */
function Until({ until }: { readonly until: string }) {
  const at = Date.parse(until);
  // The page's clock ticks by the second, and may be one behind: no time is left that was never given.
  const [most] = useState(() => Math.max(0, at - Date.now()));
  const left = useCountdown(at, (ms) => (ms === 0 ? '' : formatCountdown(Math.min(ms, most))));
  if (left === '') return <>The host waits no longer.</>;
  return (
    <>
      It waits for <span className={css.left}>{left}</span>
    </>
  );
}
