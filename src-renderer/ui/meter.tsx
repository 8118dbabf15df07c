import type { Verdict } from '#contract/fleet.ts';
import css from './meter.module.css';

interface MeterProps {
  /** 0 to 1; null: not known. */
  readonly fraction: number | null;
  /** Given only where the figure itself is the verdict: it colours the bar. */
  readonly verdict?: Verdict | undefined;
}

/**
 * A bar beside a figure; the figure says it, so the bar is silent. One element and no clip: with a hundred cards in view
 * each would be a layer of its own to the browser, whenever the page is scrolled.
 */
export function Meter({ fraction, verdict }: MeterProps) {
  const full = fraction === null ? 0 : Math.min(1, Math.max(0, fraction));
  return (
    <span
      className={css.track}
      data-verdict={verdict}
      style={{ backgroundSize: `${(full * 100).toFixed(1)}% 100%` }}
      aria-hidden="true"
    />
  );
}
