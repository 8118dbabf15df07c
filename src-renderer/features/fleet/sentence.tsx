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
          {faded && <span className={css.then}>, when last seen</span>}
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
              <Age at={Date.parse(freshAt)} prefix={counts.length > 0 ? '' : 'Last seen '} />
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

/** What is not seen now is counted nowhere, and was only seen last. */
function Age({ at, prefix }: { readonly at: number; readonly prefix: string }) {
  return <span className={css.count}>{useAge(at, (age) => `${prefix}${formatDuration(age)} ago`)}</span>;
}
