import { Fragment } from 'react';
import { formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useSummary } from '../../store/hooks.ts';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './sentence.module.css';

/** The answer to "is everything green?", and under it what green hides and how old it is. */
export function Sentence({ faded }: { readonly faded: boolean }) {
  const summary = useSummary();
  if (summary === null) return null;
  const { verdict, headline, counts, freshAt } = summary;
  return (
    <div className={css.sentence}>
      <VerdictShape mark={faded ? 'unknown' : verdict} size={28} />
      <div className={css.words}>
        <h1 className={css.headline} title={headline}>
          {headline}
        </h1>
        <p className={css.counts}>
          {counts.map((count, index) => (
            <Fragment key={count}>
              {index > 0 && ' · '}
              <Count text={count} />
            </Fragment>
          ))}
          {counts.length === 0 && freshAt === null && 'Nothing has been read yet'}
          {freshAt !== null && (
            <>
              {counts.length > 0 && ' · '}
              <Age at={Date.parse(freshAt)} />
            </>
          )}
        </p>
      </div>
    </div>
  );
}

/** The figure at its start stands out. */
function Count({ text }: { readonly text: string }) {
  const [figure = ''] = /^\d+/.exec(text) ?? [];
  return (
    <span className={css.count}>
      {figure !== '' && <b>{figure}</b>}
      {text.slice(figure.length)}
    </span>
  );
}

function Age({ at }: { readonly at: number }) {
  return <span className={css.count}>{useAge(at, (age) => `${formatDuration(age)} ago`)}</span>;
}
