import type { EngineCost } from '#contract/hosts.ts';
import { formatBytes, formatLatency } from '../../lib/format.ts';
import css from './host-costs.module.css';

interface HostCostsProps {
  readonly costs: readonly EngineCost[];
  /** Nothing was heard of the engine lately: they are as they were. */
  readonly stale: boolean;
}

/** What was asked of the engine since it was connected: how often, how long it took, how much came back. */
export function HostCosts({ costs, stale }: HostCostsProps) {
  return (
    <section data-faded={stale || undefined} aria-labelledby="host-costs">
      <h2 className={css.label} id="host-costs">
        What it costs the engine
      </h2>
      {costs.length === 0 ? (
        <p className={css.none}>Nothing has been asked of it yet.</p>
      ) : (
        <div className={css.place}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">Request</th>
                <th scope="col">Count</th>
                <th scope="col">Failed</th>
                <th scope="col" title="Of the last ones">
                  Median
                </th>
                <th scope="col" title="Of the last ones">
                  Slowest
                </th>
                <th scope="col">Received</th>
              </tr>
            </thead>
            <tbody>
              {costs.map(({ call, count, failed, medianMs, slowestMs, bytes }) => (
                <tr key={call}>
                  <th scope="row">{call}</th>
                  <td>{count.toLocaleString('en-US')}</td>
                  <td data-some={failed > 0 || undefined} data-none={failed === 0 || undefined}>
                    {failed.toLocaleString('en-US')}
                  </td>
                  <td>{formatLatency(medianMs)}</td>
                  <td>{formatLatency(slowestMs)}</td>
                  <td>{formatBytes(bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
