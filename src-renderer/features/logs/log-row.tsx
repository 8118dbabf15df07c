import { memo, useMemo } from 'react';
import { ansiSpans, type SgrStyle } from './ansi.ts';
import { highlight } from './highlight.ts';
import { logBounds } from './log-bounds.ts';
import { levelWord, withLevel } from './log-level.ts';
import type { LineEntry, LogEntry } from './log-ring.ts';
import css from './log-row.module.css';
import { lineTime, markWords } from './log-words.ts';

interface LogRowProps {
  readonly entry: LogEntry;
  readonly pattern: RegExp | null;
  /** The reader was taken to it. */
  readonly current: boolean;
  readonly wrap: boolean;
}

/** One line, or what happened between two. */
export const LogRow = memo(function LogRow({ entry, pattern, current, wrap }: LogRowProps) {
  if (entry.kind === 'mark') {
    return (
      <div className={css.mark}>
        <span>{markWords(entry)}</span>
      </div>
    );
  }
  return <Line entry={entry} pattern={pattern} current={current} wrap={wrap} />;
});

function Line({ entry, pattern, current, wrap }: LogRowProps & { readonly entry: LineEntry }) {
  const { spans, left } = useMemo(() => read(entry.text), [entry.text]);
  const pieces = useMemo(() => highlight(spans, pattern), [spans, pattern]);
  return (
    <div className={css.row} data-wrap={wrap || undefined} data-current={current || undefined}>
      <span className={css.stream} title={entry.stream === 'stderr' ? 'standard error' : undefined}>
        {entry.stream === 'stderr' && <span className={css.hidden}>standard error</span>}
      </span>
      <span className={css.time} title={entry.time ?? undefined}>
        {lineTime(entry.time)}
      </span>
      <span className={css.text}>
        {pieces.map(({ text, style, found }, index) => {
          const look = classesOf(style);
          // Pieces have no name of their own, and a line's never change place.
          const key = `${index}`;
          if (found) {
            return (
              <mark key={key} className={css.found}>
                {text}
              </mark>
            );
          }
          return look === '' ? (
            text
          ) : (
            <span key={key} className={look}>
              {text}
            </span>
          );
        })}
        {left > 0 && <span className={css.more}>{` … ${left} more characters; copying takes them along`}</span>}
        {entry.cut && <span className={css.more}> … longer than is kept, cut here</span>}
      </span>
    </div>
  );
}

function read(text: string) {
  const shown = text.length > logBounds.shownChars ? text.slice(0, logBounds.shownChars).toWellFormed() : text;
  const spans = ansiSpans(shown);
  const word = levelWord(spans.map((span) => span.text).join(''));
  return { spans: withLevel(spans, word), left: text.length - shown.length };
}

/** On a background, which is a tint of the theme, text keeps its own colour: any other might not be read. */
function classesOf({ colour, background, bold, dim, italic, underline, inverse }: SgrStyle): string {
  const names: (string | undefined)[] = [];
  if (inverse) names.push(css.inverse);
  if (background !== null && !inverse) names.push(css[`b${background}`]);
  else if (colour !== null) names.push(css[`c${colour}`]);
  else if (dim && !inverse) names.push(css.dim);
  if (bold) names.push(css.bold);
  if (italic) names.push(css.italic);
  if (underline) names.push(css.underline);
  return names.join(' ');
}
