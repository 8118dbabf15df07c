import css from './sparkline.module.css';

interface SparklineProps {
  /** Oldest first. */
  readonly values: readonly number[];
  readonly width?: number;
  readonly height?: number;
}

/** Of the highest value. */
const LEAST_SPREAD = 0.4;

/** The course of a figure in a few pixels; decoration beside words that say it. */
export function Sparkline({ values, width = 64, height = 16 }: SparklineProps) {
  if (values.length < 2) return null;
  const [low, high] = range(values);
  const step = width / (values.length - 1);
  const points = values
    .map((value, index) => `${(index * step).toFixed(1)},${y((value - low) / (high - low), height)}`)
    .join(' ');
  return (
    <svg className={css.line} width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <polyline points={points} />
    </svg>
  );
}

/** From the lowest to the highest, but never so narrow that a small noise fills the height. */
function range(values: readonly number[]): readonly [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const spread = Math.max(high - low, high * LEAST_SPREAD, Number.EPSILON);
  const middle = (low + high) / 2;
  return [middle - spread / 2, middle + spread / 2];
}

function y(share: number, height: number): string {
  return (height - 1.5 - share * (height - 3)).toFixed(1);
}
