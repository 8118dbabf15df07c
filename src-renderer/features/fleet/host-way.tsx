import type { ConnectionReport } from '#contract/hosts.ts';
import { VIA_WORDS } from '../../lib/via-words.ts';
import { Meter } from '../../ui/meter.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { HostHop } from './host-hop.tsx';
import type { ReportReading } from './host-report.ts';
import { channelsReading } from './host-report-words.ts';
import css from './host-way.module.css';

interface HostWayProps {
  readonly reading: ReportReading;
  /** Nothing was heard over it lately: it is as it was. */
  readonly stale: boolean;
  /** The host is live: where nothing is told of how, that is on its way. */
  readonly live: boolean;
}

/** The way from this machine to the engine, machine by machine. */
export function HostWay({ reading, stale, live }: HostWayProps) {
  return (
    <section
      data-faded={stale || undefined}
      aria-labelledby="host-way"
      aria-busy={reading.state === 'loading' || undefined}
    >
      <h2 className={css.label} id="host-way">
        The way there
      </h2>
      <Stops reading={reading} live={live} />
    </section>
  );
}

function Stops({ reading, live }: Pick<HostWayProps, 'reading' | 'live'>) {
  if (reading.state === 'loading') return <Bones />;
  if (reading.state === 'failed') {
    return (
      <p className={css.none} role="alert">
        {reading.problem.message} {reading.problem.hint} It is asked again every few seconds.
      </p>
    );
  }
  const { report } = reading;
  if (report === null) {
    return (
      <p className={css.none}>
        {live
          ? 'It was connected just now: machines, keys and algorithms follow.'
          : 'It is not connected. Machines, keys and algorithms are listed here while it is.'}
      </p>
    );
  }
  return (
    <>
      <ol className={css.stops}>
        <li className={css.stop} data-end>
          <h3 className={css.machine}>This machine</h3>
        </li>
        {report.hops.map((hop, index) => (
          <HostHop key={`${hop.machine} ${hop.since}`} hop={hop} isJump={index < report.hops.length - 1} />
        ))}
        <li className={css.stop} data-end>
          <EngineEnd report={report} />
        </li>
      </ol>
      {report.notes.length > 0 && (
        <>
          <h3 className={css.label}>Good to know of this way</h3>
          <ul className={css.notes}>
            {report.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** What carries requests on the last stretch, and how much of it is in use. */
function EngineEnd({ report: { via, endpoint, channels } }: { readonly report: ConnectionReport }) {
  const { now, before, fraction, full } = channelsReading(channels);
  return (
    <>
      <h3 className={css.machine}>
        Engine <code>{endpoint}</code>
      </h3>
      <dl className={css.facts}>
        <div className={css.fact}>
          <dt>Through</dt>
          <dd>{VIA_WORDS[via]}</dd>
        </div>
        <div className={css.fact}>
          <dt>{via === 'local' ? 'Connections' : 'Channels'}</dt>
          <dd>
            {now}; {before}
            {fraction !== null && (
              <span className={css.meter}>
                <Meter fraction={fraction} verdict={full ? 'attention' : undefined} />
              </span>
            )}
            {full && (
              <span className={css.why}>
                All are in use: a further log or stream is refused until one is closed. Where sshd forwards the socket
                itself, there is no such limit.
              </span>
            )}
          </dd>
        </div>
      </dl>
    </>
  );
}

function Bones() {
  return (
    <div className={css.bones} aria-hidden="true">
      {[220, 380, 300, 340, 260].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  );
}
