import type { Verdict } from '#contract/fleet.ts';
import css from './verdict-shape.module.css';

/** What a shape stands for: a verdict, what green hides, or that it is being changed from here. */
export type Mark = Verdict | 'unchecked' | 'stopped' | 'planned';

interface VerdictShapeProps {
  readonly mark: Mark;
  /** Edge in pixels: 16 in rows and cards, 28 beside the sentence. */
  readonly size?: number;
  /** What a screen reader says; left out where the word stands beside the shape. */
  readonly label?: string;
}

/** A verdict as a shape: nobody has to tell colours apart. */
export function VerdictShape({ mark, size = 16, label }: VerdictShapeProps) {
  const drawn = { className: css.shape, 'data-mark': mark, width: size, height: size, viewBox: '0 0 16 16' };
  return label === undefined ? (
    <svg {...drawn} aria-hidden="true">
      {DRAWINGS[mark]}
    </svg>
  ) : (
    <svg {...drawn} role="img" aria-label={label}>
      {DRAWINGS[mark]}
    </svg>
  );
}

const DRAWINGS: Readonly<Record<Mark, React.ReactNode>> = {
  green: (
    <>
      <circle cx="8" cy="8" r="7.25" fill="currentColor" />
      <path className={css.on} d="M4.9 8.3 7.1 10.5 11.2 5.9" />
    </>
  ),
  unchecked: <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" />,
  stopped: <path d="M3 8h10" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />,
  // As a step that runs: no verdict, and no ring.
  planned: <path d="M8 2A6 6 0 1 1 2 8" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  attention: (
    <>
      <path
        d="M8 1.9 14.9 14H1.1Z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
      <path className={css.on} d="M8 6.4v3.3M8 12v.05" />
    </>
  ),
  down: (
    <>
      <rect x="0.75" y="0.75" width="14.5" height="14.5" rx="3" fill="currentColor" />
      <path className={css.on} d="m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="2.3 1.85" />
      <path
        d="M6.3 6.5c.1-1 .8-1.6 1.7-1.6s1.7.6 1.7 1.5c0 1.3-1.7 1.3-1.7 2.6M8 11v.05"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
      />
    </>
  ),
};
