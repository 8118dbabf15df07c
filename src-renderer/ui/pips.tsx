import css from './pips.module.css';
import type { Mark } from './verdict-shape.tsx';

interface PipsProps {
  /** One for each container, in their order. */
  readonly marks: readonly Mark[];
}

/** Beyond this a row is not counted by eye any more: the rest is told as a figure, which needs its room. */
const MOST = 12;
const SHOWN_OF_MORE = 10;
const STEP = 12;
const SIZE = 8;

/** A row of small shapes, one for each container: the eye finds the odd one. Its verdict is said beside it. */
export function Pips({ marks }: PipsProps) {
  const shown = marks.length > MOST ? marks.slice(0, SHOWN_OF_MORE) : marks;
  const width = Math.max(SIZE, shown.length * STEP - (STEP - SIZE));
  return (
    <span className={css.row}>
      <svg width={width} height={SIZE} viewBox={`0 0 ${width} ${SIZE}`} aria-hidden="true">
        {paths(shown).map(([mark, path]) => (
          <path key={mark} className={css[mark]} d={path} />
        ))}
      </svg>
      {marks.length > shown.length && <span className={css.more}>+{marks.length - shown.length}</span>}
    </span>
  );
}

/** All pips of a kind in one path: a thousand cards draw a few thousand elements less. */
function paths(marks: readonly Mark[]): readonly (readonly [Mark, string])[] {
  const drawn = new Map<Mark, string>();
  for (const [index, mark] of marks.entries()) {
    drawn.set(mark, `${drawn.get(mark) ?? ''}M${index * STEP} 0${OUTLINES[mark]}`);
  }
  return [...drawn];
}

const circle = (radius: number) =>
  `m${4 - radius} 4a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;

/** In a square of eight, drawn from its upper left corner. */
const OUTLINES: Readonly<Record<Mark, string>> = {
  green: circle(3.5),
  unchecked: circle(2.9),
  unknown: circle(3.1),
  stopped: 'm0.5 4h7',
  planned: 'm4 1.1a2.9 2.9 0 1 1 -2.9 2.9',
  attention: 'm4 0.4 3.9 7.2h-7.8z',
  down: 'm1.6 0.4h4.8q1.2 0 1.2 1.2v4.8q0 1.2 -1.2 1.2h-4.8q-1.2 0 -1.2 -1.2v-4.8q0 -1.2 1.2 -1.2z',
};
