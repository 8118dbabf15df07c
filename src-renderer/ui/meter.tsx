import type { Verdict } from '#contract/fleet.ts';
import css from './meter.module.css';

interface MeterProps {
  /** 0 to 1; null: not known. */
  readonly fraction: number | null;
  /** Given only where the figure itself is the verdict: it colours the bar. */
  readonly verdict?: Verdict | undefined;
}

/** A bar beside a figure; the figure says it, so the bar is silent. */
export function Meter({ fraction, verdict }: MeterProps) {
  const full = fraction === null ? 0 : Math.min(1, Math.max(0, fraction));
  return (
    <span className={css.track} aria-hidden="true">
      <span className={css.fill} data-verdict={verdict} style={{ transform: `scaleX(${full.toFixed(3)})` }} />
    </span>
  );
}
