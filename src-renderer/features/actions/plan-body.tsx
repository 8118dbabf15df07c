import { IconLock, IconLockOpen } from '@tabler/icons-react';
import { useState } from 'react';
import type { Plan, PlanStep } from '#contract/actions.ts';
import { copyText } from '../../lib/copy-text.ts';
import { formatCount } from '../../lib/format.ts';
import { useUi } from '../../store/hooks.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';
import { Button } from '../../ui/button.tsx';
import css from './actions.module.css';
import { leftOutWords, shortRequest } from './plan-words.ts';

/** What a plan says, in the order in which it is to be read: what stays as it is comes first. */
export function PlanBody({ plan }: { readonly plan: Plan }) {
  const { steps, affects, command, leftOut, unlock } = plan;
  const stays = leftOutWords(leftOut);
  return (
    <>
      {stays.length > 0 && (
        <div className={css.note}>
          <IconLock size={16} stroke={1.75} aria-hidden="true" />
          <div>
            {stays.map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </div>
        </div>
      )}
      {unlock !== null && (
        <div className={css.note}>
          <IconLockOpen size={16} stroke={1.75} aria-hidden="true" />
          <div>
            <p>It uses up the unlock for one {ACTION_WORDS[unlock.action].noun}.</p>
            <p className={css.quiet}>“{unlock.reason}”</p>
          </div>
        </div>
      )}
      <section>
        <h3 className={css.label}>What will happen</h3>
        <Steps steps={steps} />
      </section>
      <section>
        <h3 className={css.label}>What feels it</h3>
        {affects.length === 0 ? (
          <p className={css.words}>Nothing else that Binnacle knows of.</p>
        ) : (
          <ul className={css.affects}>
            {affects.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h3 className={css.label}>The same by hand</h3>
        <Command text={command} />
      </section>
    </>
  );
}

const STEPS_AT_FIRST = 24;

function Steps({ steps }: { readonly steps: readonly PlanStep[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? steps : steps.slice(0, STEPS_AT_FIRST);
  return (
    <>
      <ol className={css.steps} data-many={shown.length > 9 || undefined}>
        {shown.map(({ text, request }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: its place is what tells a step from another
          <li key={index}>
            <span className={css.number} aria-hidden="true">
              {index + 1}
            </span>
            <span className={css.step}>{text}</span>
            {request !== null && (
              <code className={css.request} title={request}>
                {shortRequest(request)}
              </code>
            )}
          </li>
        ))}
      </ol>
      {shown.length < steps.length && (
        <Button look="quiet" size="small" onClick={() => setAll(true)}>
          Show {formatCount(steps.length - shown.length, 'more step')}
        </Button>
      )}
    </>
  );
}

/** Broken between words only: a browser would else break `--time` after its dashes. */
function Command({ text }: { readonly text: string }) {
  const say = useUi((state) => state.say);
  return (
    <div className={css.command}>
      <code>
        {text.split(/(\s+)/).map((part, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: its place is what tells a word from another
          index % 2 === 1 ? part : <span key={index}>{part}</span>,
        )}
      </code>
      <Button
        look="quiet"
        size="small"
        aria-label="Copy the command"
        onClick={() => say(copyText(text) ? 'Copied.' : 'It could not be copied: select it instead.')}
      >
        Copy
      </Button>
    </div>
  );
}
